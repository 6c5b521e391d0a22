# Answers pip's request for a source distribution's metadata from its PKG-INFO, so that no code of the package runs.
import json, os, shutil, sys
argv = getattr(sys, "orig_argv", [])
if len(argv) >= 4 and argv[-3].endswith("_in_process.py"):
    hook, control = argv[-2], argv[-1]
    if hook == "prepare_metadata_for_build_wheel":
        with open(os.path.join(control, "input.json")) as f:
            folder = json.load(f)["kwargs"]["metadata_directory"]
        with open("PKG-INFO", encoding="utf-8", errors="replace") as f:
            lines = f.read().splitlines()
        first = lambda key: next(line.split(":", 1)[1].strip() for line in lines if line.startswith(key + ":"))
        name = f"{first('Name').replace('-', '_')}-{first('Version')}.dist-info"
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        shutil.copy("PKG-INFO", os.path.join(folder, name, "METADATA"))
        result = name
    else:
        result = []
    with open(os.path.join(control, "output.json"), "w") as f:
        json.dump({"return_val": result}, f)
    os._exit(0)
