//! Each denial is proved by trying it from inside. The test program starts itself again with the name of an attempt, the
//! child confines itself, tries, and exits 0 only when it was denied.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test ends where something is not as it should be"
)]

use std::{
    fs::File,
    io::Read,
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::net::UnixDatagram,
    process::{Command, ExitCode},
};

type Attempt = (&'static str, fn() -> bool);

/// Each returns true when the attempt succeeded, which must not be.
const ATTEMPTS: &[Attempt] = &[
    ("read-a-file", || File::open("/etc/passwd").is_ok()),
    ("read-its-own-memory-file", || File::open("/proc/self/mem").is_ok()),
    ("list-a-folder", || std::fs::read_dir("/").is_ok()),
    ("write-a-file", || File::create(std::env::temp_dir().join("modelward-must-not-exist")).is_ok()),
    ("remove-a-file", || std::fs::remove_file("/nonexistent").is_err_and(|e| e.raw_os_error() == Some(2))),
    ("open-a-tcp-connection", || {
        TcpStream::connect("127.0.0.1:9").is_err_and(|e| e.raw_os_error() == Some(111))
    }),
    ("listen", || TcpListener::bind("127.0.0.1:0").is_ok()),
    ("open-a-udp-socket", || UdpSocket::bind("127.0.0.1:0").is_ok()),
    ("open-a-unix-socket", || UnixDatagram::unbound().is_ok()),
    ("start-a-program", || Command::new("/bin/true").status().is_ok()),
];

fn main() -> ExitCode {
    if let Some(name) = std::env::args().nth(1).and_then(|a| a.strip_prefix("--attempt=").map(str::to_owned))
    {
        return attempt(&name);
    }
    let program = std::env::current_exe().expect("a test knows its own path");
    let mut failed = 0;
    let names = ATTEMPTS.iter().map(|(name, _)| *name).chain(["keep-working"]);
    for name in names {
        let status =
            Command::new(&program).arg(format!("--attempt={name}")).status().expect("the child starts");
        println!("test denied::{} ... {}", name, if status.success() { "ok" } else { "FAILED" });
        failed += u32::from(!status.success());
    }
    let passed = ATTEMPTS.len() as u32 + 1 - failed;
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn attempt(name: &str) -> ExitCode {
    let mut open =
        File::open("/etc/hostname").or_else(|_| File::open("/etc/passwd")).expect("a readable file");
    let level = modelward_sandbox::confine(Some(4 << 30));
    if !level.is_full() {
        eprintln!("seccomp was not reached: every supported system has it, so this is a failure ({level})");
        return ExitCode::FAILURE;
    }
    let failed = if name == "keep-working" {
        let mut bytes = Vec::new();
        let read = open.read_to_end(&mut bytes).is_ok();
        let thread = std::thread::spawn(|| 1 + 1).join().is_ok_and(|sum| sum == 2);
        !(read && thread)
    } else {
        ATTEMPTS.iter().find(|(n, _)| *n == name).is_none_or(|(_, tried)| tried())
    };
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
