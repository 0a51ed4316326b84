//! How much memory a run may take: what the command line says, or most of what the machine has left.

use std::path::Path;

/// Share of the memory that is left which a run may take, where nothing else is said.
const SHARE: f64 = 0.7;

/// A size as it is typed: `512MB`, `1.5GB`, `800MiB`.
///
/// # Errors
/// It is no size, or less than a megabyte.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let expected = || "expected a size from 1MB, such as 512MB, 1.5GB or 800MiB".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let number = digits.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0).ok_or_else(expected)?;
    let unit = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1_024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        "tib" => 1_099_511_627_776.0,
        _ => return Err(expected()),
    };
    let bytes = number * unit;
    if (1e6..1e18).contains(&bytes) { Ok(bytes as u64) } else { Err(expected()) }
}

/// What a run may take by default: 70 % of the memory that the machine, and the group of processes this one is in, have
/// left. Nothing where neither can be told.
pub(crate) fn by_default() -> Option<u64> {
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    let left = [machine, left_in_group()].into_iter().flatten().min()?;
    Some((left as f64 * SHARE) as u64)
}

/// `MemAvailable` of `/proc/meminfo`, in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1_024)
}

/// What the control groups above this process have left, version 2.
fn left_in_group() -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let root = Path::new("/sys/fs/cgroup");
    let number = |path: &Path, name: &str| std::fs::read_to_string(path.join(name)).ok()?.trim().parse::<u64>().ok();
    let left = |path: &Path| Some(number(path, "memory.max")?.saturating_sub(number(path, "memory.current")?));
    root.join(own).ancestors().take_while(|path| path.starts_with(root)).filter_map(left).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("512MB"), Ok(512_000_000));
        assert_eq!(size("1.5 gb"), Ok(1_500_000_000));
        assert_eq!(size("2G"), Ok(2_000_000_000));
        assert_eq!(size("1MiB"), Ok(1_048_576));
        for text in ["", "5", "MB", "-1GB", "0.5MB", "1e99GB", "NaNGB", "infGB", "2 oranges", "512 M B"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_memory_left_is_found_among_the_others() {
        let meminfo = "MemTotal:       24000000 kB\nMemFree:  1 kB\nMemAvailable:    2000 kB\nBuffers: 3 kB\n";
        assert_eq!(available(meminfo), Some(2_048_000));
        assert_eq!(available("MemTotal: 5 kB\n"), None);
    }
}
