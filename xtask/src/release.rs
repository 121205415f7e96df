//! `cargo xtask release`: what a release holds, in one folder, with checksums.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::command::{cargo, output, run as execute};
use crate::{binary, extension, package, page, requirements};

/// The targets of the executables: static ones, which run on any Linux.
const TARGETS: [&str; 2] = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];
/// The level of compression of zips: beyond zlib's 9 it is zopfli, with one iteration. Five gain a
/// fourth of a percent.
const BEST: i64 = 10;
/// The documents beside each executable.
const DOCUMENTS: [&str; 5] =
    ["README.md", "MODEL_CARD.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];
const CHANGELOG: &str = "CHANGELOG.md";
/// The heading of unreleased changes.
const UNRELEASED: &str = "Unreleased";

/// Makes a release. Unless it is a dry run, tags the commit and prints what is left to type.
pub(crate) fn run(dry_run: bool) -> Result<()> {
    let version = package::version()?;
    let name = format!("undertone-{version}");
    let changelog =
        fs::read_to_string(CHANGELOG).with_context(|| format!("could not read {CHANGELOG}"))?;
    let notes = match notes(&changelog, &version) {
        None if dry_run => notes_of_unreleased(&changelog)?,
        found => found.with_context(|| {
            format!("{CHANGELOG} has no heading `## {version} - DATE`: rename `## {UNRELEASED}`")
        })?,
    };
    let tag = format!("v{version}");
    if !dry_run {
        check_tree(&tag)?;
    }
    let folder = PathBuf::from(format!("target/release-{version}"));
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("could not empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("NOTES.md"), notes)?;

    let tarball = package::run()?;
    fs::copy(&tarball, folder.join(tarball.file_name().context("a tarball without a name")?))?;
    for target in TARGETS {
        // This also builds the page in `www/`.
        let built = binary::build_for(target, false)?;
        println!("{}", tried(&built, target, &version)?);
        let archive = folder.join(format!("{name}-{target}.tar.gz"));
        pack_command(&built, &format!("{name}-{target}"), &archive)?;
    }
    pack_page(&folder.join(format!("{name}-page.zip")))?;
    for zip in extension::build()? {
        fs::copy(&zip, folder.join(zip.file_name().context("a zip without a name")?))?;
    }
    bill_of_materials(&folder.join(format!("{name}.cdx.json")))?;
    write_checksums(&folder)?;

    println!("\n{}:", folder.display());
    for (name, bytes) in files_of(&folder)? {
        println!("{bytes:>12} bytes  {name}");
    }
    if dry_run {
        println!("\nA dry run: nothing is tagged, nothing was sent anywhere");
        return Ok(());
    }
    execute(Command::new("git").args(["tag", "--annotate", &tag, "--message", &name]))?;
    println!(
        "\nTagged {tag}. What is left, in this order:\n    git push origin {tag}\n    \
         cargo publish\n    npm publish {}\n    attach the folder's files to the release,\n    \
         and give the extension's zips to the stores, with the texts of extension/STORE.md",
        tarball.display()
    );
    Ok(())
}

/// The section of the changelog for a version, below its heading `## 1.2.3 - 2026-01-31`.
fn notes(changelog: &str, version: &str) -> Option<String> {
    let mut sections = changelog.split("\n## ").skip(1);
    let section = sections.find(|section| section.split([' ', '\n']).next() == Some(version))?;
    Some(format!("## {}\n", section.trim_end()))
}

fn notes_of_unreleased(changelog: &str) -> Result<String> {
    notes(changelog, UNRELEASED).with_context(|| {
        format!("{CHANGELOG} has neither this version's heading nor `## {UNRELEASED}`")
    })
}

/// Checks that the tree is a commit without changes, and that the tag does not exist yet.
fn check_tree(tag: &str) -> Result<()> {
    let changed = output(Command::new("git").args(["status", "--porcelain"]))?;
    ensure!(changed.is_empty(), "these files are not committed:\n{changed}");
    let tags = output(Command::new("git").args(["tag", "--list", tag]))?;
    ensure!(tags.is_empty(), "there is a tag {tag} already: raise the version in both manifests");
    Ok(())
}

/// Scores a headline with an executable, if this machine can run it. Returns a remark on that.
fn tried(built: &Path, target: &str, version: &str) -> Result<String> {
    let architecture = target.split('-').next().unwrap_or(target);
    let mut command = if architecture == std::env::consts::ARCH {
        Command::new(built)
    } else {
        let names = ["", "-static"].map(|kind| format!("qemu-{architecture}{kind}"));
        let starts = |name: &&String| Command::new(name).arg("--version").output().is_ok();
        let Some(emulator) = names.iter().find(starts) else {
            return Ok(format!("{target}: not run, as {} is not on this machine", names[0]));
        };
        let mut command = Command::new(emulator);
        command.arg(built);
        command
    };
    command.args(["predict", "--format", "csv", "Exchange halts withdrawals as losses mount"]);
    let said = output(&mut command)?;
    ensure!(said.contains("negative"), "{target}: {version} ran, and answered `{said}`");
    Ok(format!("{target}: ran, and scored a headline"))
}

/// Packs the command reproducibly: the tar archive has no owner, and one time for all files.
fn pack_command(built: &Path, folder: &str, archive: &Path) -> Result<()> {
    let gzip = GzEncoder::new(File::create(archive)?, Compression::best());
    let mut tar = tar::Builder::new(gzip);
    tar.mode(tar::HeaderMode::Deterministic);
    let documents = DOCUMENTS.map(|name| (PathBuf::from(name), name));
    for (path, name) in [(built.to_owned(), "undertone")].into_iter().chain(documents) {
        tar.append_path_with_name(&path, Path::new(folder).join(name))
            .with_context(|| format!("could not pack {}", path.display()))?;
    }
    tar.into_inner()?.finish()?.sync_all()?;
    Ok(())
}

/// Packs the page for any host, with index.html at the top.
fn pack_page(archive: &Path) -> Result<()> {
    let mut zip = ZipWriter::new(File::create(archive)?);
    let list = [PathBuf::from(page::FILE_LIST)];
    for path in page::own_files()?.into_iter().chain(page::built_files()).chain(list) {
        let name = path.strip_prefix(page::FOLDER)?.to_string_lossy().replace('\\', "/");
        add(&mut zip, &name, &path)?;
    }
    zip.finish()?.sync_all()?;
    Ok(())
}

/// Adds a file to a zip, as small as it gets and reproducibly.
pub(crate) fn add<W: Write + Seek>(zip: &mut ZipWriter<W>, name: &str, path: &Path) -> Result<()> {
    // The default time is constant, a day of 1980.
    zip.start_file(name, SimpleFileOptions::default().compression_level(Some(BEST)))?;
    let bytes = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    Ok(zip.write_all(&bytes)?)
}

/// Writes the bill of materials of the executables, as CycloneDX; the npm package has no
/// dependencies.
fn bill_of_materials(to: &Path) -> Result<()> {
    const NAME: &str = "undertone-sbom";
    let tool = requirements::cargo_cyclonedx()?;
    // The tool writes a file beside each manifest of the workspace.
    let manifests = manifests()?;
    let written: Vec<PathBuf> =
        manifests.iter().map(|path| path.with_file_name(format!("{NAME}.json"))).collect();
    let made = execute(
        Command::new(tool)
            .args(["cyclonedx", "--format=json", "--spec-version=1.5", "--features=_page"])
            .args(["--target", TARGETS[0], "--override-filename", NAME])
            // The commit's time, so that the same commit gives the same file.
            .env(
                "SOURCE_DATE_EPOCH",
                output(Command::new("git").args(["log", "-1", "--format=%ct"]))?,
            ),
    );
    let copied = made.and_then(|()| fs::copy(&written[0], to).map_err(Into::into));
    for path in &written {
        let _ = fs::remove_file(path);
    }
    let bytes = copied?;
    ensure!(bytes > 0, "{} is empty", to.display());
    Ok(())
}

/// The manifests of the workspace, that of the command first.
fn manifests() -> Result<Vec<PathBuf>> {
    let printed = output(cargo().args(["metadata", "--no-deps", "--format-version=1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&printed)?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` named no package")?;
    let mut found = Vec::new();
    for package in packages {
        let path = package["manifest_path"].as_str().context("a package without a manifest")?;
        let has_command = package["targets"].as_array().is_some_and(|targets| {
            targets.iter().any(|target| target["name"] == "undertone" && target["kind"][0] == "bin")
        });
        found.insert(if has_command { 0 } else { found.len() }, PathBuf::from(path));
    }
    if found.is_empty() {
        bail!("`cargo metadata` named no package");
    }
    Ok(found)
}

/// Writes the checksums in the format of `sha256sum --check`.
fn write_checksums(folder: &Path) -> Result<()> {
    let mut lines = String::new();
    for (name, _) in files_of(folder)? {
        let digest = Sha256::digest(fs::read(folder.join(&name))?);
        for byte in digest {
            write!(lines, "{byte:02x}")?;
        }
        writeln!(lines, "  {name}")?;
    }
    fs::write(folder.join("SHA256SUMS"), lines)?;
    Ok(())
}

/// The files of a folder with their bytes, sorted by name.
fn files_of(folder: &Path) -> Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.push((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.len()));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::notes;

    const CHANGELOG: &str = "# Changelog\n\n## Unreleased\n\n- New\n\n## 1.0.0 - 2026-01-31\n\n\
                             ### Added\n\n- All\n\n## 0.9.0 - 2026-01-01\n\n- Some\n";

    #[test]
    fn the_notes_of_a_version_are_what_stands_below_its_heading() {
        assert_eq!(notes(CHANGELOG, "Unreleased").unwrap(), "## Unreleased\n\n- New\n");
        let of_a_version = "## 1.0.0 - 2026-01-31\n\n### Added\n\n- All\n";
        assert_eq!(notes(CHANGELOG, "1.0.0").unwrap(), of_a_version);
        assert_eq!(notes(CHANGELOG, "0.9.0").unwrap(), "## 0.9.0 - 2026-01-01\n\n- Some\n");
    }

    #[test]
    fn a_version_that_the_changelog_lacks_has_no_notes() {
        assert_eq!(notes(CHANGELOG, "1.0"), None);
        assert_eq!(notes(CHANGELOG, "All"), None);
    }
}
