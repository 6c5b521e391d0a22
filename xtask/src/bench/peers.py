"""Runs one scanner of others, in process, over the samples of a list, and says what it flags and what it costs.

usage: peers.py picklescan|picklescan-strict|modelscan|fickling|modelaudit LIST OUT

LIST holds one path a line. OUT gets one JSON object: version, cpu_s (without start-up and imports), max_rss_mib, and for
each sample 2 (flagged at the tool's own warning level), 1 (could not be read, or took more than 20 seconds) or 0.
Nothing is loaded: the scanners read files as bytes, as we do.
"""

import importlib.metadata
import json
import logging
import os
import resource
import signal
import sys
import time
import zipfile

LIMIT_S = 20


def files(path):
    if os.path.isfile(path):
        return [path]
    return sorted(os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)


def picklescan(strict):
    from picklescan.scanner import SafetyLevel, scan_directory_path, scan_file_path

    alarming = {SafetyLevel.Dangerous} | ({SafetyLevel.Suspicious} if strict else set())

    def scan(path):
        result = (scan_directory_path if os.path.isdir(path) else scan_file_path)(path)
        flagged = any(g.safety in alarming for g in result.globals) or result.infected_files > 0
        return 2 if flagged else int(bool(result.scan_err))

    return scan


def modelscan():
    from modelscan.modelscan import ModelScan

    def scan(path):
        result = ModelScan().scan(path)
        return 2 if result["issues"] else int(bool(result.get("errors")))

    return scan


def fickling():
    from fickling.analysis import Severity
    from fickling.loader import scan_file, scan_zip_archive

    def scan(path):
        worst = 0
        for file in files(path):
            if zipfile.is_zipfile(file):
                scans = scan_zip_archive(file, graceful=True).values()
            else:
                scans = [scan_file(file, graceful=True)]
            for one in scans:
                if one.errors:
                    worst = max(worst, 1)
                if any(result.severity > Severity.LIKELY_SAFE for result in one.results):
                    worst = 2
        return worst

    return scan


def modelaudit():
    from modelaudit.core import scan_model_directory_or_file

    def scan(path):
        result = scan_model_directory_or_file(path)
        levels = {getattr(issue.severity, "value", str(issue.severity)).lower() for issue in result.issues}
        return 2 if levels & {"warning", "critical"} else int(bool(getattr(result, "has_errors", False)))

    return scan


def main():
    tool, listed, out = sys.argv[1:4]
    logging.disable(logging.CRITICAL)
    os.environ["PROMPTFOO_DISABLE_TELEMETRY"] = os.environ["NO_ANALYTICS"] = "1"
    package = tool.removesuffix("-strict")
    makers = {
        "picklescan": lambda: picklescan(False),
        "picklescan-strict": lambda: picklescan(True),
        "modelscan": modelscan,
        "fickling": fickling,
        "modelaudit": modelaudit,
    }
    scan = makers[tool]()

    def late(_signal, _frame):
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    with open(listed, encoding="utf-8") as file:
        samples = file.read().splitlines()
    stdout = sys.stdout
    sys.stdout = open(os.devnull, "w")
    results = []
    begin = time.process_time()
    for sample in samples:
        signal.alarm(LIMIT_S)
        try:
            results.append(scan(sample))
        except BaseException:
            results.append(1)
        finally:
            signal.alarm(0)
    cpu = time.process_time() - begin
    sys.stdout = stdout
    answer = {
        "version": importlib.metadata.version(package),
        "cpu_s": cpu,
        "max_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "results": results,
    }
    with open(out, "w", encoding="utf-8") as file:
        json.dump(answer, file)


main()
