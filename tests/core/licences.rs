//! Every package says the licence of what it holds: manifests, `model.bin`, its card and the data's
//! card agree.

use crate::common::root;

use undertone::Classifier;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn every_manifest_names_the_licence_of_what_it_holds() {
    let workspace: toml::Table = read("Cargo.toml").parse().unwrap();
    let code = workspace["workspace"]["package"]["license"].as_str().unwrap();
    let model = Classifier::open(&std::fs::read(root().join("model.bin")).unwrap()).unwrap();
    let model = &model.provenance().licence;
    let recipe: toml::Table = read("model.toml").parse().unwrap();
    assert_eq!(recipe["licence"].as_str(), Some(&model[..]), "model.toml");
    // The command and the npm package hold code and model, the library's crate code alone.
    assert_eq!(model, code, "model.bin and code have one licence, so that one word says both");
    let npm: serde_json::Value = serde_json::from_str(&read("npm/package.json")).unwrap();
    let package: toml::Table = read("Cargo.toml").parse().unwrap();
    assert_eq!(package["package"]["license"]["workspace"].as_bool(), Some(true));
    // Both also hold word vectors, which are not ours.
    let with_vectors = format!("({code}) AND Apache-2.0");
    assert_eq!(npm["license"], with_vectors, "npm/package.json");
    let package: toml::Table = read("crates/undertone-cli/Cargo.toml").parse().unwrap();
    assert_eq!(package["package"]["license"].as_str(), Some(&with_vectors[..]));
    assert!(read("data/vectors/README.md").contains("Apache-2.0"));
    let card = read("MODEL_CARD.md");
    assert!(card.contains(&format!("**{model}**")), "MODEL_CARD.md doesn't say **{model}**");
    // Of what lies in data/, word vectors alone are in a package.
    let card = read("data/README.md");
    assert!(card.contains("CC0-1.0"), "data/README.md");
    for manifest in ["Cargo.toml", "crates/undertone-cli/Cargo.toml"] {
        let package: toml::Table = read(manifest).parse().unwrap();
        let included = package["package"]["include"].as_array().unwrap();
        let included: Vec<&str> = included.iter().map(|one| one.as_str().unwrap()).collect();
        assert!(included.iter().all(|path| !path.contains("data")), "{manifest}: {included:?}");
    }
}
