//! Whose the folder is, what becomes of links, locks and half-written files.

#[cfg(unix)]
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("the test made it").permissions().mode() & 0o777
}

#[cfg(unix)]
#[test]
fn folders_and_files_are_the_users_alone() {
    let base = tempfile::tempdir().unwrap();
    let folder = PrivateFolder::create(&base.path().join("a/b")).unwrap();
    folder.write("f", b"one").unwrap();
    folder.write("f", b"two").unwrap();
    let _lock = folder.try_lock("l").unwrap().unwrap();
    assert_eq!(folder.read("f").unwrap().unwrap(), b"two");
    assert_eq!(mode(&base.path().join("a")), 0o700);
    assert_eq!(mode(&base.path().join("a/b")), 0o700);
    assert_eq!(mode(&folder.path_of("f")), 0o600);
    assert_eq!(mode(&folder.path_of("l")), 0o600);
    assert_eq!(folder.read("none").unwrap(), None);
}

#[cfg(unix)]
#[test]
fn open_doors_are_refused() {
    let base = tempfile::tempdir().unwrap();
    let real = base.path().join("real");
    fs::create_dir(&real).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o770)).unwrap();
    let err = PrivateFolder::create(&real).unwrap_err();
    assert!(err.problem.contains("other users"), "{err}");
    let link = base.path().join("link");
    symlink(&real, &link).unwrap();
    let err = PrivateFolder::open(&link).unwrap_err();
    assert!(err.problem.contains("symbolic link"), "{err}");
    fs::write(base.path().join("file"), "").unwrap();
    assert!(PrivateFolder::create(&base.path().join("file")).is_err());
}

#[cfg(unix)]
#[test]
fn links_are_neither_read_nor_written_through() {
    let base = tempfile::tempdir().unwrap();
    let folder = PrivateFolder::create(&base.path().join("own")).unwrap();
    let foreign = base.path().join("foreign");
    fs::write(&foreign, "untouched").unwrap();
    symlink(&foreign, folder.path_of("f")).unwrap();
    assert!(folder.read("f").is_err());
    assert!(folder.try_lock("f").is_err());
    folder.write("f", b"new").unwrap();
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "untouched");
    assert_eq!(folder.read("f").unwrap().unwrap(), b"new");
}

#[test]
fn a_lock_keeps_others_out_until_it_falls() {
    let base = tempfile::tempdir().unwrap();
    let folder = PrivateFolder::create(&base.path().join("own")).unwrap();
    let held = folder.try_lock("l").unwrap();
    assert!(held.is_some());
    assert!(folder.try_lock("l").unwrap().is_none());
    let err = folder.lock("l", Duration::ZERO).unwrap_err();
    assert!(err.problem.contains("another process"), "{err}");
    drop(held);
    assert!(folder.lock("l", Duration::ZERO).is_ok());
}

#[test]
fn a_file_is_being_written_as_long_as_its_writer_has_it() {
    let base = tempfile::tempdir().unwrap();
    let folder = PrivateFolder::create(&base.path().join("own")).unwrap();
    assert!(!folder.is_being_written("f"), "it is not there");
    let made = folder.create_new("f").unwrap();
    assert!(folder.is_being_written("f"));
    drop(made);
    assert!(!folder.is_being_written("f"));
    let taken_up = folder.append_whole_lines("f").unwrap();
    assert!(folder.is_being_written("f"));
    drop(taken_up);
    assert!(folder.append_if_left("f").unwrap().is_some(), "a look keeps nothing");
}

#[cfg(unix)]
#[test]
fn a_look_keeps_no_writer_from_its_mark() {
    let base = tempfile::tempdir().unwrap();
    let folder = PrivateFolder::create(&base.path().join("own")).unwrap();
    drop(folder.create_new("f").unwrap());
    let looked = folder.open_file("f").unwrap().unwrap();
    looked.try_lock_shared().unwrap();
    assert!(!folder.is_being_written("f"), "another look writes nothing");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(5));
            drop(looked);
        });
        let taken_up = folder.append_whole_lines("f").unwrap();
        assert!(folder.is_being_written("f"));
        drop(taken_up);
    });
}

#[test]
fn only_old_leftovers_are_swept() {
    let base = tempfile::tempdir().unwrap();
    let folder = PrivateFolder::create(&base.path().join("own")).unwrap();
    fs::write(folder.path_of(".tmp-x"), "").unwrap();
    fs::write(folder.path_of("kept"), "").unwrap();
    let (_, written) = folder.files().pop().unwrap();
    folder.sweep(written - Duration::from_secs(60));
    assert_eq!(folder.files().len(), 2);
    folder.sweep(written + Duration::from_secs(60));
    assert_eq!(folder.files().len(), 1);
}

#[test]
fn a_file_is_replaced_while_others_read_it() {
    let base = tempfile::tempdir().unwrap();
    let folder = PrivateFolder::create(&base.path().join("own")).unwrap();
    let contents = [[b'a'; 4096], [b'b'; 4096]];
    folder.write("f", &contents[0]).unwrap();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            for _ in 0..200 {
                let found = folder.read("f").unwrap().unwrap();
                assert!(contents.iter().any(|whole| found == whole));
            }
        });
        for round in 0..200 {
            folder.write("f", &contents[round % 2]).unwrap();
        }
        reader.join().unwrap();
    });
    assert_eq!(folder.files().len(), 1, "no temporary file is left");
}

#[test]
fn what_could_never_be_read_again_is_not_written() {
    // adversary A19: one credential too many, and all were gone.
    let base = tempfile::tempdir().unwrap();
    let folder = PrivateFolder::create(&base.path().join("f")).unwrap();
    folder.write("x", b"kept").unwrap();
    let too_much = vec![b'x'; usize::try_from(LARGEST_FILE).unwrap() + 1];
    assert!(folder.write("x", &too_much).unwrap_err().problem.contains("larger than 4 MiB"));
    assert_eq!(folder.read("x").unwrap().unwrap(), b"kept");
}
