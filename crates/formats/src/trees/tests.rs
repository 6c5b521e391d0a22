//! Models that readers follow to their end, and models that lead them astray.

use super::*;
use proptest::prelude::*;

fn read(format: Format, bytes: impl Into<Vec<u8>>) -> Ensemble {
    parse(format, &Source::from_vec(bytes.into()), &Context::default())
}

fn codes(ensemble: &Ensemble) -> Vec<&'static str> {
    ensemble.problems.iter().map(|p| p.code).collect()
}

/// An XGBoost model of one tree.
fn json(left: &str, right: &str, feature: &str, nodes: &str) -> String {
    format!(
        r#"{{"learner":{{"gradient_booster":{{"model":{{"gbtree_model_param":{{"num_trees":"1"}},"tree_info":[0],"trees":[{{
        "left_children":{left},"right_children":{right},"split_indices":{feature},"split_conditions":[0.5,1,2],
        "tree_param":{{"num_nodes":"{nodes}","num_feature":"4"}}}}]}},"name":"gbtree"}},"objective":{{"name":"reg:squarederror"}},
        "learner_model_param":{{"num_feature":"4","num_class":"0"}}}},"version":[2,1,0]}}"#
    )
}

const SOUND: [&str; 4] = ["[1,-1,-1]", "[2,-1,-1]", "[3,0,0]", "3"];

#[test]
fn a_sound_xgboost_model_is_described() {
    let [left, right, feature, nodes] = SOUND;
    let ensemble = read(Format::XgboostJson, json(left, right, feature, nodes));
    assert_eq!(ensemble.problems, []);
    assert_eq!(
        (ensemble.version.as_str(), ensemble.booster.as_str(), ensemble.trees, ensemble.nodes),
        ("2.1.0", "gbtree", 1, 3)
    );
    assert_eq!((ensemble.objective.as_str(), ensemble.features), ("reg:squarederror", Some(4)));
}

#[test]
fn indices_that_lead_out_of_a_tree_or_around_in_it_are_hostile() {
    for (left, right, feature, nodes, code) in [
        ("[999999,-1,-1]", "[2,-1,-1]", "[0,0,0]", "3", "tree-child"),
        ("[-5,-1,-1]", "[2,-1,-1]", "[0,0,0]", "3", "tree-child"),
        ("[1,0,-1]", "[2,-1,-1]", "[0,0,0]", "3", "tree-cycle"),
        ("[1,-1,-1]", "[1,-1,-1]", "[0,0,0]", "3", "tree-cycle"),
        ("[1,-1,-1]", "[2,-1,-1]", "[4,0,0]", "3", "tree-feature"),
        ("[1,-1,-1]", "[2,-1,-1]", "[-1,0,0]", "3", "tree-feature"),
        ("[1,-1,-1]", "[2,-1,-1]", "[0,0,0]", "99999999", "tree-nodes"),
        ("[1,-1,-1]", "[2,-1]", "[0,0,0]", "3", "tree-length"),
        ("[1,-1,\"x\"]", "[2,-1,-1]", "[0,0,0]", "3", "tree-arrays"),
        ("[1e9,-1,-1]", "[2,-1,-1]", "[0,0,0]", "3", "tree-arrays"),
    ] {
        assert_eq!(
            codes(&read(Format::XgboostJson, json(left, right, feature, nodes))),
            [code],
            "{left} {right} {feature}"
        );
    }
}

#[test]
fn nodes_that_pruning_left_behind_are_no_matter() {
    let text =
        json("[1,-1,-1,77]", "[2,-1,-1,78]", "[3,0,0,2147483647]", "4").replace("[0.5,1,2]", "[0.5,1,2,0]");
    assert_eq!(codes(&read(Format::XgboostJson, text)), Vec::<&str>::new());
}

#[test]
fn counts_that_contradict_what_follows_are_hostile() {
    let [left, right, feature, nodes] = SOUND;
    let text = json(left, right, feature, nodes);
    for (from, to, code) in [
        (r#""num_trees":"1""#, r#""num_trees":"4294967295""#, "count-trees"),
        (r#""tree_info":[0]"#, r#""tree_info":[]"#, "count-groups"),
        (r#""tree_info":[0]"#, r#""tree_info":[7]"#, "tree-group"),
        (r#""tree_info":[0]"#, r#""tree_info":[0],"iteration_indptr":[0,9]"#, "count-iterations"),
        ("[0.5,1,2]", "[0.5]", "tree-length"),
        (
            r#""tree_param""#,
            r#""categories_nodes":[0],"categories_segments":[0],"categories_sizes":[5],"categories":[1],"tree_param""#,
            "tree-categories",
        ),
    ] {
        assert_eq!(codes(&read(Format::XgboostJson, text.replace(from, to))), [code], "{to}");
    }
}

/// The same tree in UBJSON.
fn ubjson(child: i32, count: i64) -> Vec<u8> {
    let key = |name: &str| [b"L".as_slice(), &(name.len() as i64).to_be_bytes(), name.as_bytes()].concat();
    let ints = |name: &str, list: &[i32]| {
        let mut bytes = [key(name), b"[$l#L".to_vec(), (list.len() as i64).to_be_bytes().to_vec()].concat();
        bytes.extend(list.iter().flat_map(|n| n.to_be_bytes()));
        bytes
    };
    let mut tree = b"{".to_vec();
    tree.extend(ints("left_children", &[child, -1, -1]));
    tree.extend(ints("right_children", &[2, -1, -1]));
    tree.extend(ints("split_indices", &[3, 0, 0]));
    tree.extend([key("base_weights"), b"[$d#L".to_vec(), count.to_be_bytes().to_vec(), vec![0; 12]].concat());
    tree.push(b'}');
    let mut file =
        [b"{".to_vec(), key("learner"), b"{".to_vec(), key("gradient_booster"), b"{".to_vec()].concat();
    file.extend(
        [key("model"), b"{".to_vec(), key("trees"), b"[#L".to_vec(), 1i64.to_be_bytes().to_vec(), tree]
            .concat(),
    );
    file.extend(
        [b"}".to_vec(), key("name"), b"SL".to_vec(), 6i64.to_be_bytes().to_vec(), b"gbtree}}".to_vec()]
            .concat(),
    );
    file.extend(
        [key("version"), b"[#L".to_vec(), 2i64.to_be_bytes().to_vec(), b"i\x02i\x01}".to_vec()].concat(),
    );
    file
}

#[test]
fn ubjson_is_read_like_json() {
    let ensemble = read(Format::XgboostUbj, ubjson(1, 3));
    assert_eq!(ensemble.problems, []);
    assert_eq!((ensemble.version.as_str(), ensemble.trees, ensemble.nodes), ("2.1", 1, 3));
    assert_eq!(codes(&read(Format::XgboostUbj, ubjson(999, 3))), ["tree-child"]);
}

#[test]
fn lengths_in_ubjson_beyond_the_file_are_hostile() {
    assert_eq!(codes(&read(Format::XgboostUbj, ubjson(1, i64::MAX / 4)))[0], "ubjson-length");
    assert_eq!(codes(&read(Format::XgboostUbj, ubjson(1, -1)))[0], "ubjson-length");
    let nested = b"[".repeat(1_000_000);
    assert!(codes(&read(Format::XgboostUbj, nested)).contains(&"ubjson-depth"));
}

const LIGHTGBM: &str = "tree\nversion=v4\nnum_class=1\nmax_feature_idx=5\nobjective=binary sigmoid:1\ntree_sizes=200\n\nTree=0\n\
    num_leaves=3\nnum_cat=0\nsplit_feature=3 5\nthreshold=0.1 0.2\ndecision_type=2 2\nleft_child=1 -1\nright_child=-2 -3\n\
    leaf_value=0.1 0.2 0.3\n\n\nend of trees\n\nparameters:\n[boosting: gbdt]\n";

#[test]
fn a_sound_lightgbm_model_is_described() {
    let ensemble = read(Format::LightgbmText, LIGHTGBM);
    assert_eq!(ensemble.problems, []);
    assert_eq!(
        (ensemble.version.as_str(), ensemble.features, ensemble.trees, ensemble.nodes),
        ("v4", Some(6), 1, 5)
    );
}

#[test]
fn indices_and_counts_of_lightgbm_are_checked() {
    for (from, to, code) in [
        ("left_child=1 -1", "left_child=7 -1", "tree-child"),
        ("right_child=-2 -3", "right_child=-2 -9", "tree-child"),
        ("left_child=1 -1", "left_child=1 0", "tree-cycle"),
        ("split_feature=3 5", "split_feature=3 6", "tree-feature"),
        ("num_leaves=3", "num_leaves=2000000000", "tree-nodes"),
        ("num_leaves=3", "num_leaves=-1", "tree-leaves"),
        ("leaf_value=0.1 0.2 0.3", "leaf_value=0.1", "tree-length"),
        ("num_cat=0", "num_cat=1\ncat_boundaries=0 9\ncat_threshold=1", "tree-categories"),
    ] {
        assert_eq!(codes(&read(Format::LightgbmText, LIGHTGBM.replace(from, to))), [code], "{to}");
    }
}

#[test]
fn offsets_of_catboost_that_lead_out_are_hostile() {
    assert_eq!(
        codes(&read(Format::Catboost, b"CBM1\xff\xff\xff\x7f\0\0\0\0".to_vec())),
        ["header-beyond-file"]
    );
    assert_eq!(
        codes(&read(Format::Catboost, b"CBM1\x08\0\0\0\xff\xff\xff\x7f\0\0\0\0".to_vec())),
        ["header-offset"]
    );
}

/// The old binary with one tree of three nodes.
fn binary(child: i32, nodes: i32, trees: i32) -> Vec<u8> {
    let mut file = b"binf".to_vec();
    file.extend(0.5f32.to_le_bytes());
    file.extend(4u32.to_le_bytes());
    file.resize(4 + 136, 0);
    for name in ["reg:squarederror", "gbtree"] {
        file.extend((name.len() as u64).to_le_bytes());
        file.extend(name.as_bytes());
    }
    file.extend(trees.to_le_bytes());
    file.extend([0; 156]);
    file.extend(1i32.to_le_bytes());
    file.extend(nodes.to_le_bytes());
    file.extend([0; 140]);
    for [parent, left, right, feature] in [[-1, child, 2, 3], [0, -1, -1, 0], [0, -1, -1, 0]] {
        file.extend([parent, left, right, feature, 0].iter().flat_map(|n: &i32| n.to_le_bytes()));
    }
    file.extend([0; 48]);
    file.extend(0i32.to_le_bytes());
    file
}

#[test]
fn the_old_binary_of_xgboost_is_checked_like_the_others() {
    let ensemble = read(Format::XgboostBinary, binary(1, 3, 1));
    assert_eq!(ensemble.problems, []);
    assert_eq!((ensemble.booster.as_str(), ensemble.features, ensemble.nodes), ("gbtree", Some(4), 3));
    assert_eq!(codes(&read(Format::XgboostBinary, binary(50, 3, 1))), ["tree-child"]);
    assert_eq!(codes(&read(Format::XgboostBinary, binary(1, 0x4000_0000, 1))), ["tree-nodes"]);
    assert_eq!(codes(&read(Format::XgboostBinary, binary(1, 3, 0x4000_0000))), ["count-trees"]);
}

proptest! {
    #[test]
    fn sound_models_with_any_bytes_changed_are_read(at in 0usize..2000, bytes: [u8; 3]) {
        let [left, right, feature, nodes] = SOUND;
        for (format, mut file) in [
            (Format::XgboostJson, json(left, right, feature, nodes).into_bytes()),
            (Format::XgboostUbj, ubjson(1, 3)),
            (Format::LightgbmText, LIGHTGBM.as_bytes().to_vec()),
            (Format::XgboostBinary, binary(1, 3, 1)),
        ] {
            let at = at % (file.len() - 3);
            file[at..at + 3].copy_from_slice(&bytes);
            let _ = read(format, file);
        }
    }

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in [Format::XgboostJson, Format::XgboostUbj, Format::XgboostBinary, Format::LightgbmText] {
            let _ = read(format, bytes.clone());
        }
        let _ = read(Format::Catboost, [b"CBM1".to_vec(), (bytes.len() as u32).to_le_bytes().to_vec(), bytes].concat());
    }
}
