use super::target::{harm, in_tag};
use crate::effects::Effects;
use modelward_kernel::Severity;

#[test]
fn targets_that_do_harm() {
    let effects = Effects::builtin();
    for target in [
        "os.system",
        "posix.system",
        "subprocess.Popen",
        "subprocess.run",
        "builtins.exec",
        "builtins.eval",
        "eval",
        "exec",
        "shutil.rmtree",
        "pickle.loads",
        "importlib.import_module",
        "hydra.utils.get_method",
        "hydra.utils.instantiate",
        "pydoc.locate",
        "nemo.core.classes.common.typecheck.os.system",
        "torch.serialization.os.system",
        "numpy.f2py.crackfortran.getlincoef",
        "numpy.f2py.crackfortran.myeval",
        "requests.get",
        "urllib.request.urlretrieve",
        "ctypes.CDLL",
        "pty.spawn",
        "os.execv",
        "a.b.__globals__.x",
        "runpy.run_path",
        "marshal.loads",
        "webbrowser.open",
        "torch.hub.load",
        "builtins.open",
        "os:system",
        "logging.FileHandler",
        "asyncio.create_subprocess_shell",
        "pandas.io.common.os.system",
        "pip.main",
    ] {
        assert!(harm(target, &effects).is_some_and(|harm| harm.severity >= Severity::Medium), "{target}");
    }
}

#[test]
fn targets_of_honest_configurations() {
    let effects = Effects::builtin();
    for target in [
        "pytorch_lightning.Trainer",
        "lightning.pytorch.Trainer",
        "lightning.pytorch.callbacks.ModelCheckpoint",
        "lightning.pytorch.callbacks.EarlyStopping",
        "lightning.pytorch.loggers.WandbLogger",
        "lightning.pytorch.loggers.TensorBoardLogger",
        "torch.nn.Linear",
        "torch.optim.AdamW",
        "torch.utils.data.DataLoader",
        "torchvision.models.resnet50",
        "torchvision.transforms.Compose",
        "torch.optim.lr_scheduler.CosineAnnealingLR",
        "torch.compile",
        "torch.device",
        "transformers.AutoModelForCausalLM.from_pretrained",
        "transformers.AutoTokenizer.from_pretrained",
        "transformers.TrainingArguments",
        "datasets.load_dataset",
        "nemo.collections.asr.modules.ConformerEncoder",
        "nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor",
        "nemo.collections.nlp.modules.common.megatron.megatron_init.initialize_model_parallel_for_nemo",
        "src.models.mnist_module.MNISTLitModule",
        "my_project.data.DataModule",
        "ldm.models.diffusion.ddpm.LatentDiffusion",
        "sgm.modules.GeneralConditioner",
        "functools.partial",
        "collections.OrderedDict",
        "datetime.timedelta",
        "pathlib.Path",
        "builtins.dict",
        "builtins.list",
        "sklearn.linear_model.LogisticRegression",
        "sklearn.ensemble.RandomForestClassifier",
        "xgboost.XGBClassifier",
        "hydra.conf.HydraConf",
        "hydra_plugins.hydra_colorlog.ColorlogSettings",
        "torchmetrics.Accuracy",
        "timm.create_model",
        "peft.LoraConfig",
        "diffusers.UNet2DConditionModel",
        "numpy.array",
        "omegaconf.DictConfig",
        "speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN",
        "torchtune.models.llama3.llama3_8b",
        "torchtune.training.FullModelHFCheckpointer",
        "torch.manual_seed",
        "torch.nn.functional.relu",
        "speechbrain.utils.checkpoints.Checkpointer",
        "optuna.samplers.TPESampler",
        "hydra._internal.core_plugins.basic_launcher.BasicLauncher",
        "hydra_plugins.hydra_optuna_sweeper.optuna_sweeper.OptunaSweeper",
        "logging.StreamHandler",
        "torch.float32",
        "monai.networks.nets.UNet",
        "ultralytics.YOLO",
        "${model.target}",
    ] {
        let found = harm(target, &effects);
        assert!(found.as_ref().is_none_or(|harm| harm.severity < Severity::Medium), "{target}: {found:?}");
    }
}

#[test]
fn tags_that_name_callables() {
    assert_eq!(
        in_tag("tag:yaml.org,2002:python/object/apply:os.system").map(|(_, name)| name),
        Some("os.system")
    );
    assert_eq!(in_tag("!new:subprocess.Popen").map(|(_, name)| name), Some("subprocess.Popen"));
    assert!(in_tag("tag:yaml.org,2002:python/tuple").is_none());
    assert!(in_tag("tag:yaml.org,2002:str").is_none());
}
