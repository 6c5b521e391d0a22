use super::*;
use modelward_formats::Format;
use modelward_kernel::{AssetId, RelationKind, Value};

fn file(address: &str, formats: &[Format]) -> RepositoryFile {
    let mut parts = address.split('!');
    let mut place = Place::file(parts.next().unwrap());
    for part in parts {
        place = place.member(part);
    }
    RepositoryFile {
        path: address.to_owned(),
        asset: AssetId::new(AssetKind::ModelFile, address),
        place,
        formats: formats.to_vec(),
        sha256: None,
        size: 1,
    }
}

fn fact(kind: &str, address: &str, fields: &[(&str, Value)]) -> Fact {
    let fields = fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
    Fact {
        kind: kind.into(),
        asset: AssetId::new(AssetKind::File, address),
        place: Place::file(address),
        fields,
    }
}

fn places(files: &[RepositoryFile], facts: &[Fact]) -> Vec<(String, usize)> {
    repositories(files, facts).map(|plan| (plan.place.address(), plan.files.len())).collect()
}

#[test]
fn a_hugging_face_folder_is_one_model() {
    let files = [
        file("m/config.json", &[Format::Json]),
        file("m/tokenizer_config.json", &[Format::Json]),
        file("m/model-00001-of-00002.safetensors", &[Format::Safetensors]),
        file("m/model-00002-of-00002.safetensors", &[Format::Safetensors]),
        file("m/modeling_x.py", &[Format::Python]),
        file("notes.txt", &[Format::Text]),
    ];
    assert_eq!(places(&files, &[]), [("m".to_owned(), 5)]);
}

#[test]
fn sub_folders_of_a_diffusers_layout_belong_to_their_root() {
    let files = [
        file("sd/model_index.json", &[Format::Json]),
        file("sd/unet/config.json", &[Format::Json]),
        file("sd/unet/diffusion_pytorch_model.safetensors", &[Format::Safetensors]),
        file("sd/vae/config.json", &[Format::Json]),
        file("sd/vae/diffusion_pytorch_model.bin", &[Format::Zip]),
        file("sd/vae/diffusion_pytorch_model.bin!archive/data.pkl", &[Format::Pickle]),
    ];
    assert_eq!(places(&files, &[]), [("sd".to_owned(), 6)]);
}

#[test]
fn unrelated_files_side_by_side_are_models_of_their_own() {
    let files = [
        file("box/a.pkl", &[Format::Pickle]),
        file("box/b.onnx", &[Format::Onnx]),
        file("box/c.txt", &[Format::Text]),
        file("box/chat_template.jinja", &[Format::Jinja]),
    ];
    assert_eq!(places(&files, &[]), [("box/a.pkl".to_owned(), 1), ("box/b.onnx".to_owned(), 1)]);
}

#[test]
fn numbered_folders_are_never_mixed() {
    let files = [
        file("00001/config.json", &[Format::Json]),
        file("00002/model.pkl", &[Format::Pickle]),
        file("00003/repo/config.json", &[Format::Json]),
        file("00003/repo/modeling.py", &[Format::Python]),
    ];
    let facts = [fact("config", "00001/config.json", &[]), fact("config", "00003/repo/config.json", &[])];
    assert_eq!(
        places(&files, &facts),
        [("00001".to_owned(), 1), ("00002/model.pkl".to_owned(), 1), ("00003/repo".to_owned(), 2)]
    );
}

#[test]
fn an_archive_of_weights_is_one_model_with_its_members() {
    let files = [
        file("x/model.pt", &[Format::Zip]),
        file("x/model.pt!archive/data.pkl", &[Format::Pickle]),
        file("x/model.pt!archive/data/0", &[Format::Opaque]),
    ];
    assert_eq!(places(&files, &[]), [("x/model.pt".to_owned(), 3)]);
}

#[test]
fn a_sagemaker_archive_is_one_model() {
    let files = [
        file("model.tar.gz", &[Format::Gzip]),
        file("model.tar.gz!model.pth", &[Format::Zip]),
        file("model.tar.gz!model.pth!archive/data.pkl", &[Format::Pickle]),
        file("model.tar.gz!code/inference.py", &[Format::Python]),
        file("model.tar.gz!code/requirements.txt", &[Format::Text]),
    ];
    let plans: Vec<Plan> = repositories(&files, &[]).collect();
    assert_eq!(plans.len(), 1);
    assert_eq!(plans[0].relative_path(&files[3]), "code/inference.py");
    assert_eq!(plans[0].relative_path(&files[2]), "model.pth!archive/data.pkl");
}

#[test]
fn several_repositories_in_one_archive_are_several_models() {
    let files = [
        file("all.zip", &[Format::Zip]),
        file("all.zip!a/model_index.json", &[Format::Json]),
        file("all.zip!b/adapter_config.json", &[Format::Json]),
        file("all.zip!b/adapter_model.safetensors", &[Format::Safetensors]),
    ];
    assert_eq!(places(&files, &[]), [("all.zip!a".to_owned(), 1), ("all.zip!b".to_owned(), 2)]);
}

#[test]
fn a_mlflow_folder_is_one_model_with_its_artifacts() {
    let files = [
        file("run/MLmodel", &[Format::Yaml]),
        file("run/python_model.pkl", &[Format::Pickle]),
        file("run/artifacts/vocab.json", &[Format::Json]),
    ];
    assert_eq!(places(&files, &[]), [("run".to_owned(), 3)]);
}

#[test]
fn the_scanned_folder_itself_can_be_the_model() {
    let files = [file("config.json", &[Format::Json]), file("model.safetensors", &[Format::Safetensors])];
    let plans: Vec<Plan> = repositories(&files, &[]).collect();
    assert_eq!(plans[0].place.path, ".");
    assert_eq!(plans[0].relative_path(&files[0]), "config.json");
}

#[test]
fn declared_origins_become_relations() {
    let files =
        [file("m/README.md", &[Format::Markdown]), file("m/model.safetensors", &[Format::Safetensors])];
    let base = Value::List(vec!["org/base".into()]);
    let facts = [fact("model-card", "m/README.md", &[("base_model", base), ("datasets", "org/data".into())])];
    let plans: Vec<Plan> = repositories(&files, &facts).collect();
    let kinds: Vec<RelationKind> = plans[0].relations.iter().map(|r| r.kind).collect();
    assert!(kinds.contains(&RelationKind::DerivedFrom) && kinds.contains(&RelationKind::TrainedOn));
    assert_eq!(plans[0].assets.len(), 2);
}
