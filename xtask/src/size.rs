//! `cargo xtask size`: what a reader downloads, held to a budget.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::command::{node, output};
use crate::{module, package, page};

const MODEL: &str = "model.bin";
const SMALL_MODEL: &str = "recipes/small.bin";
/// The name of the sum of all files of the package that a page loads, with the worker and its
/// thread.
const PACKAGE_NAME: &str = "the package on a page";
/// The name of the sum of what the page loads only when its reader asks for it.
const ON_DEMAND_NAME: &str = "loaded on demand";
/// The name of the sum of what the page loads only when its reader wants to train a model.
const TRAINING_NAME: &str = "loaded to train";
/// The name of the sum of what it loads for a head start of the trained model.
const HEAD_START_NAME: &str = "loaded for a head start";
/// The name of the sum of what `undertone/element` has of its own, file by file, as a page without
/// a bundler loads it.
const ELEMENT_NAME: &str = "undertone/element";
/// The name of the sum of what `undertone/small` loads, file by file likewise.
const SMALL_NAME: &str = "undertone/small";

/// The budgets, in bytes after brotli; 1 KB is 1000 bytes.
const MODEL_BUDGET: usize = 46_500;
const PACKAGE_BUDGET: usize = 127_500;
const PAGE_BUDGET: usize = 162_000;
const ON_DEMAND_BUDGET: usize = 42_000;
/// Of the module that trains, and of it with all that the page needs around it.
const TRAINER_BUDGET: usize = 156_000;
const TRAINING_BUDGET: usize = 168_500;
const HEAD_START_BUDGET: usize = 1_650_000;
const ELEMENT_BUDGET: usize = 4_750;
/// Of the small model, of the module with it, and of all that `undertone/small` loads.
const SMALL_MODEL_BUDGET: usize = 15_000;
const SMALL_WASM_BUDGET: usize = 41_200;
const SMALL_BUDGET: usize = 45_000;

/// Prints the three numbers of a [`Size`]. Brotli is at its best quality, as by a server that
/// compresses files in advance.
const MEASURE: &str = "
    const { brotliCompressSync, gzipSync } = require('node:zlib');
    const bytes = require('node:fs').readFileSync(process.argv[1]);
    const sizes = [bytes, gzipSync(bytes, { level: 9 }), brotliCompressSync(bytes)];
    console.log(JSON.stringify(sizes.map(({ length }) => length)));";

/// The size of one file, or of several together.
#[derive(Clone, Copy, Default)]
struct Size {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Size {
    fn of(path: &Path) -> Result<Self> {
        let [raw, gzip, brotli] =
            serde_json::from_str(&output(node().args(["--eval", MEASURE]).arg(path))?)?;
        Ok(Self { raw, gzip, brotli })
    }

    fn map2(self, other: Self, f: impl Fn(usize, usize) -> usize) -> Self {
        Self {
            raw: f(self.raw, other.raw),
            gzip: f(self.gzip, other.gzip),
            brotli: f(self.brotli, other.brotli),
        }
    }
}

pub(crate) fn run() -> Result<()> {
    page::build()?;
    report()
}

/// Prints the sizes of the page that was last built.
pub(crate) fn report() -> Result<()> {
    println!("\n{:<28}{:>10}{:>10}{:>10}", "bytes", "raw", "gzip", "brotli");
    let model = Size::of(Path::new(MODEL))?;
    row(MODEL, model);
    let wasm = Size::of(&Path::new(page::PACKAGE).join(module::WASM))?;
    row("wasm without the model", wasm.map2(model, usize::saturating_sub));
    let mut package = Size::default();
    for name in page::PACKAGE_FILES {
        let size = Size::of(&Path::new(page::PACKAGE).join(name))?;
        row(name, size);
        package = package.map2(size, usize::saturating_add);
    }
    let mut whole = package;
    let paths_on_demand = page::ON_DEMAND.map(PathBuf::from);
    let paths_of_training = page::OF_TRAINING.map(PathBuf::from);
    let mut own = page::own_files()?;
    own.retain(|path| !paths_on_demand.contains(path) && !paths_of_training.contains(path));
    for path in own.into_iter().chain([PathBuf::from(page::FILE_LIST)]) {
        let size = Size::of(&path)?;
        row(&path.to_string_lossy(), size);
        whole = whole.map2(size, usize::saturating_add);
    }
    row(PACKAGE_NAME, package);
    row("the whole page", whole);
    let together = |name: &str, paths: &[PathBuf]| -> Result<Size> {
        println!("{name}");
        paths.iter().try_fold(Size::default(), |sum, path| {
            let size = Size::of(path)?;
            row(&path.to_string_lossy(), size);
            Ok(sum.map2(size, usize::saturating_add))
        })
    };
    let on_demand = together(ON_DEMAND_NAME, &paths_on_demand)?;
    let training = together(TRAINING_NAME, &paths_of_training)?;
    let head_start = page::OF_HEAD_START.map(|name| Path::new(page::PACKAGE).join(name));
    let head_start = together(HEAD_START_NAME, &head_start)?;
    let trainer = Size::of(&Path::new(page::PACKAGE).join(module::TRAIN_WASM))?;
    let element = together(ELEMENT_NAME, &package::element_files()?)?;
    let small_model = Size::of(Path::new(SMALL_MODEL))?;
    row(SMALL_MODEL, small_model);
    let small_files = package::files_of("small.js")?;
    let small_wasm = Size::of(&package::file(module::SMALL_WASM))?;
    row(module::SMALL_WASM, small_wasm);
    let small = together(SMALL_NAME, &small_files)?.map2(small_wasm, usize::saturating_add);
    println!();

    let over: Vec<_> = [
        (MODEL, model, MODEL_BUDGET),
        (PACKAGE_NAME, package, PACKAGE_BUDGET),
        ("the whole page", whole, PAGE_BUDGET),
        (ON_DEMAND_NAME, on_demand, ON_DEMAND_BUDGET),
        (module::TRAIN_WASM, trainer, TRAINER_BUDGET),
        (TRAINING_NAME, training, TRAINING_BUDGET),
        (HEAD_START_NAME, head_start, HEAD_START_BUDGET),
        (ELEMENT_NAME, element, ELEMENT_BUDGET),
        (SMALL_MODEL, small_model, SMALL_MODEL_BUDGET),
        (module::SMALL_WASM, small_wasm, SMALL_WASM_BUDGET),
        (SMALL_NAME, small, SMALL_BUDGET),
    ]
    .into_iter()
    .filter_map(|(name, size, budget)| verdict(name, size.brotli, budget))
    .collect();
    ensure!(over.is_empty(), "over budget: {}", over.join("; "));
    Ok(())
}

/// Prints how much of a budget is used. Returns a message if it is exceeded.
fn verdict(name: &str, size: usize, budget: usize) -> Option<String> {
    println!("{name}: {size} of {budget} bytes after brotli");
    (size > budget).then(|| format!("{name} is {} bytes too large", size - budget))
}

fn row(name: &str, size: Size) {
    println!("{name:<28}{:>10}{:>10}{:>10}", size.raw, size.gzip, size.brotli);
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn a_byte_too_many_is_over_budget() {
        assert_eq!(verdict("it", 100, 100), None);
        assert_eq!(verdict("it", 101, 100), Some("it is 1 bytes too large".to_owned()));
    }
}
