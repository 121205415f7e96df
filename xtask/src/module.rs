//! The WebAssembly modules and the JavaScript that wasm-bindgen writes for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use flate2::Crc;
use wasm_bindgen_cli_support::Bindgen;

use crate::command::{cargo, node, output, run};
use crate::compiler::Work;
use crate::requirements;

/// The module, with the model inside.
pub(crate) const WASM: &str = "undertone_bg.wasm";
/// The module that scores and no more, with the small model inside.
pub(crate) const SMALL_WASM: &str = "undertone_small_bg.wasm";
/// The module that finds names.
pub(crate) const NAMES_WASM: &str = "undertone_names_bg.wasm";
/// The module that trains.
pub(crate) const TRAIN_WASM: &str = "undertone_train_bg.wasm";

/// A module to build. wasm-bindgen adds to its name what [`WASM`] and the others end with.
struct Module {
    name: &'static str,
    feature: &'static str,
    /// Of the profile [`PROFILE`], in place of its own: "z" for modules that are small rather than
    /// fast. What scores and no more is for who has few bytes to spend, and what trains is large,
    /// and fetched to be run a few times.
    opt_level: Option<&'static str>,
    /// Whether the JavaScript that wasm-bindgen writes is needed: a module through which nothing
    /// but numbers pass is started without.
    has_script: bool,
}

const MODULES: [Module; 4] = [
    Module { name: "undertone", feature: "wasm", opt_level: None, has_script: true },
    Module {
        name: "undertone_small",
        feature: "wasm-small",
        opt_level: Some("z"),
        has_script: false,
    },
    Module { name: "undertone_names", feature: "wasm-names", opt_level: None, has_script: false },
    Module {
        name: "undertone_train",
        feature: "wasm-train",
        opt_level: Some("z"),
        has_script: true,
    },
];

/// The profile of all modules, so that what runs while they are compiled, which is not of a module,
/// is compiled once.
const PROFILE: &str = "wasm-release";

/// The folder of the finished modules and their JavaScript, each in a folder of its own.
const FINISHED: &str = "target/module";

/// Builds the modules, and writes them with their JavaScript to `folder`. Installs what that needs.
pub(crate) fn build(folder: &Path) -> Result<()> {
    requirements::wasm_target()?;
    requirements::npm_packages()?;
    fs::create_dir_all(folder).with_context(|| format!("could not create {}", folder.display()))?;
    for module in MODULES {
        let finished = module.build()?;
        for entry in fs::read_dir(finished)? {
            let entry = entry?;
            fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Lints what each module is made of, beside what that depends on as the modules have it.
pub(crate) fn lint() -> Result<()> {
    requirements::wasm_target()?;
    for module in MODULES {
        let mut build = cargo();
        run(Work::Lint.asked_of(module.asked_of(build.arg("build")))?)?;
    }
    Ok(())
}

impl Module {
    /// Tells cargo what the module is of, and how that is compiled.
    fn asked_of<'cargo>(&self, cargo: &'cargo mut Command) -> &'cargo mut Command {
        let optimised =
            self.opt_level.map(|level| format!("--config=profile.{PROFILE}.opt-level='{level}'"));
        cargo
            .args(["--package=undertone", "--lib", "--target=wasm32-unknown-unknown"])
            .args([format!("--features={}", self.feature), format!("--profile={PROFILE}")])
            .args(optimised)
            // Modules of one profile would take turns in the same files, each compiled anew in each
            // step: cargo tells no cdylibs of one package apart by their features unless rustc's
            // own build, or who does the same, says that it wants them told apart. What they depend
            // on has other names by it, too, so that who lints them must say the same.
            .env("__CARGO_DEFAULT_LIB_METADATA", "modules")
    }

    /// Builds the module. Returns the folder of it and its JavaScript.
    fn build(&self) -> Result<PathBuf> {
        println!("Compiling the module {}", self.name);
        let mut compile = cargo();
        compile.args(["rustc", "--crate-type=cdylib"]);
        run(self.asked_of(&mut compile))?;
        // The next module of the profile has the same file.
        let file = format!("wasm32-unknown-unknown/{PROFILE}/undertone.wasm");
        self.finish(&target_folder()?.join(file))
    }

    /// Makes the finished module of a compiled one, unless it was made of the same one.
    fn finish(&self, compiled: &Path) -> Result<PathBuf> {
        let name = self.name;
        let folder = Path::new(FINISHED).join(name);
        // What the finished module was made of: a checksum of the compiled module and of the
        // packages that process it.
        let made_of_file = Path::new(FINISHED).join(format!("{name}.txt"));
        let mut sum = Crc::new();
        for path in [compiled, Path::new("package-lock.json")] {
            sum.update(&fs::read(path).with_context(|| path.display().to_string())?);
        }
        let made_of = format!("{} bytes, CRC-32 {:08x}", sum.amount(), sum.sum());
        if fs::read_to_string(&made_of_file).is_ok_and(|before| before == made_of) {
            return Ok(folder);
        }
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("could not empty {}", folder.display()))?;
        }
        println!("Writing its JavaScript");
        self.bind(compiled, &folder)?;
        println!("Making the module smaller");
        let wasm = folder.join(format!("{name}_bg.wasm"));
        run(node()
            .args(["node_modules/binaryen/bin/wasm-opt", "-O3", "--converge"])
            // A function with one caller stays by itself unless it is short. Together, what opens
            // a model is one of 19 KB, whose loops have the engine optimise all of it meanwhile.
            .args(["--one-caller-inline-max-function-size", "100"])
            .arg(&wasm)
            .arg("--output")
            .arg(&wasm))?;
        // Written last, so that an interrupted build is made again.
        fs::write(&made_of_file, made_of)
            .with_context(|| format!("could not write {}", made_of_file.display()))?;
        Ok(folder)
    }

    fn bind(&self, compiled: &Path, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)
            .with_context(|| format!("could not create {}", folder.display()))?;
        Bindgen::new()
            .input_path(compiled)
            .out_name(self.name)
            .web(true)?
            // The package names the wasm file itself, in a form that bundlers recognise.
            .omit_default_module_path(true)
            .typescript(false)
            .remove_name_section(true)
            .remove_producers_section(true)
            .generate(folder)
            .with_context(|| format!("wasm-bindgen could not process {}", compiled.display()))?;
        if !self.has_script {
            let script = folder.join(format!("{}.js", self.name));
            fs::remove_file(&script)
                .with_context(|| format!("could not remove {}", script.display()))?;
        }
        Ok(())
    }
}

/// The target folder of cargo.
pub(crate) fn target_folder() -> Result<PathBuf> {
    let metadata =
        output(cargo().args(["metadata", "--no-deps", "--offline", "--format-version=1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let folder = metadata["target_directory"]
        .as_str()
        .context("`cargo metadata` named no target_directory")?;
    Ok(PathBuf::from(folder))
}
