use super::*;
use crate::error::ErrorCode;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

async fn staged(root: &Path, single: bool, text: &str) -> Staging {
    let staging = Staging::open(&root.join("out"), "w1").await.unwrap();
    let name = if single { "out" } else { "part.parquet" };
    fs::write(staging.folder().join(name), text).unwrap();
    staging
}

#[tokio::test]
async fn a_folder_appears_whole_and_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    staged(root.path(), false, "PAR1").await.commit(WriteMode::Error, false).await.unwrap();
    assert_eq!(names(root.path()), ["out"]);
    assert_eq!(names(&root.path().join("out")), ["part.parquet"]);
}

#[tokio::test]
async fn a_drop_removes_everything_that_was_made() {
    let root = tempfile::tempdir().unwrap();
    let deep = root.path().join("a/b/out");
    let staging = Staging::open(&deep, "w1").await.unwrap();
    fs::create_dir(staging.folder().join("x=1")).unwrap();
    drop(staging);
    assert_eq!(names(root.path()), Vec::<String>::new());
}

#[tokio::test]
async fn the_second_of_two_writers_fails() {
    let root = tempfile::tempdir().unwrap();
    for single in [true, false] {
        let late = staged(root.path(), single, "late").await;
        match single {
            true => fs::write(root.path().join("out"), "first").unwrap(),
            false => {
                fs::create_dir(root.path().join("out")).unwrap();
                fs::write(root.path().join("out/first.parquet"), "first").unwrap();
            }
        }
        let error = late.commit(WriteMode::Error, single).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::IoDestinationExists);
        assert_eq!(names(root.path()), ["out"]);
        let _ = fs::remove_file(root.path().join("out"));
    }
    assert_eq!(fs::read_to_string(root.path().join("out/first.parquet")).unwrap(), "first");
}

#[tokio::test]
async fn a_folder_is_replaced_as_a_whole() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("out/k=1")).unwrap();
    fs::write(root.path().join("out/k=1/old.parquet"), "old").unwrap();
    staged(root.path(), false, "new").await.commit(WriteMode::Overwrite, false).await.unwrap();
    assert_eq!(names(root.path()), ["out"]);
    assert_eq!(names(&root.path().join("out")), ["part.parquet"]);
}

#[tokio::test]
async fn what_became_foreign_meanwhile_stays() {
    let root = tempfile::tempdir().unwrap();
    let staging = staged(root.path(), false, "new").await;
    fs::create_dir(root.path().join("out")).unwrap();
    fs::write(root.path().join("out/thesis.txt"), "work of years").unwrap();
    let error = staging.commit(WriteMode::Overwrite, false).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::IoDestinationForeign);
    assert_eq!(names(root.path()), ["out"]);
    assert_eq!(names(&root.path().join("out")), ["thesis.txt"]);
}

#[test]
fn folders_swap_in_steps_too() {
    let root = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::create_dir(root.path().join(name)).unwrap();
        fs::write(root.path().join(name).join(name), "").unwrap();
    }
    swap_in_steps(&root.path().join("a"), &root.path().join("b")).unwrap();
    assert_eq!((names(&root.path().join("a")), names(&root.path().join("b"))), (vec!["b".to_owned()], vec!["a".to_owned()]));
    assert_eq!(names(root.path()), ["a", "b"]);
}

#[cfg(unix)]
#[tokio::test]
async fn behind_a_link_the_folder_is_replaced() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("real/data")).unwrap();
    fs::write(root.path().join("real/data/old.parquet"), "old").unwrap();
    std::os::unix::fs::symlink(root.path().join("real/data"), root.path().join("out")).unwrap();
    staged(root.path(), false, "new").await.commit(WriteMode::Overwrite, false).await.unwrap();
    assert_eq!(names(&root.path().join("real")), ["data"]);
    assert_eq!(names(&root.path().join("real/data")), ["part.parquet"]);
    assert!(root.path().join("out").is_symlink());
}
