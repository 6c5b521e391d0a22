//! Names of members: what a reader would make of them, and whether unpacking one would leave the folder.

/// A name is kept up to this many bytes; what is longer is cut and reported.
pub(super) const NAME_BYTES: usize = 4096;

/// The name as text; undecodable bytes as U+FFFD. Cut to [`NAME_BYTES`].
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(NAME_BYTES)]).into_owned()
}

/// How unpacking a member of this name would leave the folder that it is unpacked into, in words; none when it would not.
pub(super) fn escapes(name: &str) -> Option<&'static str> {
    let name = name.split('\0').next().unwrap_or_default();
    if name.starts_with(['/', '\\']) {
        return Some("an absolute path");
    }
    let bytes = name.as_bytes();
    if bytes.len() >= 2
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && (bytes.len() == 2 || matches!(bytes[2], b'/' | b'\\'))
    {
        return Some("a path with a drive letter");
    }
    let mut depth = 0_i64;
    for part in name.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return Some("a path that climbs out with `..`");
        }
    }
    None
}

/// How following a link called `name` to `target` would leave the folder; none when it would not. A hard link's target
/// is relative to the root of the archive, a symbolic link's to the folder of the link.
pub(super) fn link_escapes(name: &str, target: &str, hard: bool) -> Option<&'static str> {
    if hard {
        return escapes(target);
    }
    if let Some(how) = escapes(target)
        && how != "a path that climbs out with `..`"
    {
        return Some(how);
    }
    let folder = name.trim_end_matches('/').rsplit_once('/').map_or("", |(folder, _)| folder);
    escapes(format!("{folder}/{target}").trim_start_matches("/"))
}

/// The name under which lenient readers would find the member: cut at a NUL, with `/` between parts, without empty and
/// `.` parts, in lower case. Two members with one key are one member to some reader.
pub(super) fn lookup_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for part in name.split('\0').next().unwrap_or_default().split(['/', '\\']) {
        if part.is_empty() || part == "." {
            continue;
        }
        if !key.is_empty() {
            key.push('/');
        }
        key.extend(part.trim_end_matches([' ', '.']).chars().flat_map(char::to_lowercase));
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_escapes_when_it_is_absolute_or_climbs_out() {
        for name in ["/etc/passwd", "\\\\host\\share", "C:\\x", "c:/x", "a/../../b", "..\\b", "../b", "C:"] {
            assert!(escapes(name).is_some(), "{name}");
        }
        for name in ["a/b", "a/../b", "archive/data/0", "a..b/c", "C:x", "v1.0: notes", "./a", ""] {
            assert!(escapes(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_link_is_followed_from_its_own_folder() {
        assert!(link_escapes("a/b/link", "../c", false).is_none());
        assert!(link_escapes("a/link", "../../c", false).is_some());
        assert!(link_escapes("link", "/etc", false).is_some());
        assert!(link_escapes("a/link", "../c", true).is_some());
    }

    #[test]
    fn lenient_readers_find_one_member_under_many_spellings() {
        for name in ["archive/data.pkl", "ARCHIVE\\Data.pkl", "./archive//data.pkl", "archive/data.pkl\0.txt"]
        {
            assert_eq!(lookup_key(name), "archive/data.pkl");
        }
    }
}
