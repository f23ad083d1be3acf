//! The command: started with an environment that leads to standin, told what standin is told, and waited
//! for.

use crate::failure::Failure;
use crate::terminal::error;
use std::ffi::OsString;
use std::process::ExitStatus;
use tokio::process::{Child, Command};

/// How the command ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ended {
    Exited(u8),
    /// By a signal.
    #[cfg(unix)]
    Killed(u8),
    NotFound,
    NotExecutable,
}

/// Credentials that SDKs would send beside or instead of standin's worthless ones.
const WITHHELD: [&str; 3] = ["ANTHROPIC_AUTH_TOKEN", "AZURE_OPENAI_AD_TOKEN", "OPENAI_ADMIN_KEY"];
/// What stands in for the key of an upstream that standin has been given.
const WORTHLESS: &str = "sk-standin";
/// What a user may have chosen for a reason, and is no secret.
const KEPT: [&str; 2] = ["AZURE_API_VERSION", "OPENAI_API_VERSION"];
const PROXIES: [&str; 6] =
    ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy"];

pub(super) async fn run(
    command: &[OsString],
    url: &str,
    environment: &[(&'static str, String)],
    withheld: &[String],
) -> Result<(Ended, Signals), Failure> {
    // Listening begins before the command does: a signal that comes between is not lost.
    let mut signals = Signals::listen().map_err(Failure::Signals)?;
    let Some((program, arguments)) = command.split_first() else { return Ok((Ended::NotFound, signals)) };
    let mut child = Command::new(program);
    child.args(arguments).env("STANDIN_URL", url);
    for name in WITHHELD {
        child.env_remove(name);
    }
    for name in withheld {
        child.env(name, WORTHLESS);
    }
    for (name, value) in environment {
        if !(KEPT.contains(name) && std::env::var_os(name).is_some()) {
            child.env(name, value);
        }
    }
    // A proxy would be asked for an address of this machine.
    if PROXIES.iter().any(|name| std::env::var_os(name).is_some()) {
        for name in ["NO_PROXY", "no_proxy"] {
            let others = std::env::var(name).unwrap_or_default();
            child.env(name, format!("127.0.0.1,localhost,{others}").trim_end_matches(','));
        }
    }
    let shown = program.to_string_lossy();
    let mut child = match child.spawn() {
        Ok(child) => child,
        Err(failed) => {
            error(&format!("cannot start {shown}: {failed}"));
            let ended = match failed.kind() {
                std::io::ErrorKind::NotFound => Ended::NotFound,
                _ => Ended::NotExecutable,
            };
            return Ok((ended, signals));
        }
    };
    loop {
        tokio::select! {
            status = child.wait() => return Ok((Ended::of(status.map_err(Failure::Wait)?), signals)),
            signal = signals.next() => pass_on(signal, &child),
        }
    }
}

#[cfg(unix)]
mod unix {
    use rustix::process::Signal;
    use std::io::{self, IsTerminal};
    use std::task::Poll;
    use std::time::Duration;
    use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

    /// Within which signals belong to the command's end.
    const MOMENT: Duration = Duration::from_millis(500);

    /// The signals that are passed on.
    pub(in crate::run) struct Signals(Vec<(Signal, Stream)>);

    impl Signals {
        pub(super) fn listen() -> io::Result<Self> {
            let mut passed = vec![
                (Signal::TERM, SignalKind::terminate()),
                (Signal::HUP, SignalKind::hangup()),
                (Signal::USR1, SignalKind::user_defined1()),
                (Signal::USR2, SignalKind::user_defined2()),
                (Signal::INT, SignalKind::interrupt()),
                (Signal::QUIT, SignalKind::quit()),
            ];
            let streams = passed.drain(..).map(|(name, kind)| Ok((name, signal(kind)?)));
            Ok(Signals(streams.collect::<io::Result<_>>()?))
        }

        /// Any signal that comes when the command has been over for a moment: the one that ended it went to
        /// standin as well.
        pub(in crate::run) async fn any(&mut self) {
            let ended_it = async {
                loop {
                    self.received().await;
                }
            };
            let _: Result<(), _> = tokio::time::timeout(MOMENT, ended_it).await;
            self.received().await;
        }

        /// The next signal that the command has not had yet: a terminal sends what is typed to both.
        pub(super) async fn next(&mut self) -> Signal {
            loop {
                let signal = self.received().await;
                let typed = matches!(signal, Signal::INT | Signal::QUIT) && io::stdin().is_terminal();
                if !typed {
                    return signal;
                }
            }
        }

        async fn received(&mut self) -> Signal {
            std::future::poll_fn(|cx| {
                for (name, stream) in &mut self.0 {
                    if let Poll::Ready(Some(())) = stream.poll_recv(cx) {
                        return Poll::Ready(*name);
                    }
                }
                Poll::Pending
            })
            .await
        }
    }
}

#[cfg(unix)]
use unix::Signals;

#[cfg(unix)]
fn pass_on(signal: rustix::process::Signal, child: &Child) {
    let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        // A command that has just ended needs no signal.
        let _ = rustix::process::kill_process(id, signal);
    }
}

/// Elsewhere a console sends its interrupt to the command as well; standin only has to outlive it.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
    fn listen() -> std::io::Result<Self> {
        Ok(Signals)
    }

    pub(super) async fn any(&mut self) {
        self.next().await;
    }

    async fn next(&mut self) {
        // Waiting takes the interrupt away from standin.
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(not(unix))]
fn pass_on((): (), _child: &Child) {}

// === impl Ended ===

impl Ended {
    fn of(status: ExitStatus) -> Self {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Ended::Killed(u8::try_from(signal).unwrap_or(0));
        }
        // Beyond a byte there are codes on Windows only.
        Ended::Exited(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1))
    }

    pub(super) fn has_run(self) -> bool {
        !matches!(self, Ended::NotFound | Ended::NotExecutable)
    }

    /// The exit code, as shells give it.
    pub(super) fn code(self) -> u8 {
        match self {
            Ended::Exited(code) => code,
            #[cfg(unix)]
            Ended::Killed(signal) => 128 + signal,
            Ended::NotFound => 127,
            Ended::NotExecutable => 126,
        }
    }

    pub(super) fn told(self) -> String {
        match self {
            Ended::Exited(code) => format!("ended with exit code {code}"),
            #[cfg(unix)]
            Ended::Killed(signal) => format!("was ended by signal {signal}"),
            Ended::NotFound => "was not found".to_owned(),
            Ended::NotExecutable => "could not be started".to_owned(),
        }
    }
}
