"""A real SLURM cluster of one's own, here; needs root and Debian's ``slurmctld``, ``slurmd`` and ``munge``."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "squeue", "scancel", "scontrol")


def is_available() -> bool:
    """Whether a cluster can be started here."""
    return os.geteuid() == 0 and all(map(shutil.which, PROGRAMS))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class SlurmCluster:
    """A controller and one node with some processors, on the loopback, in a folder of its own."""

    def __init__(self, cpus: int = 2) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="trimtab-slurm-", dir="/tmp"))
        self._started: list[subprocess.Popen[bytes]] = []
        self.folder.chmod(0o755)
        for name in ("munge", "state", "spool"):
            (self.folder / name).mkdir(mode=0o755)
        self.conf = self.folder / "slurm.conf"
        try:
            self._start_munge()
            self._configure(cpus)
            self._run("slurmctld", "-D", "-f", str(self.conf))
            self._run("slurmd", "-D", "-f", str(self.conf), "-N", "here")
            self._wait()
        except BaseException:
            self.close()
            raise

    @property
    def environment(self) -> dict[str, str]:
        """What SLURM's programs need to find it."""
        return {"SLURM_CONF": str(self.conf)}

    def ask(self, *command: str) -> str:
        """What one of SLURM's programs prints."""
        env = {**os.environ, **self.environment}
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True, timeout=30).stdout

    def close(self) -> None:
        """End its jobs and its processes, and remove its folder."""
        with suppress(subprocess.SubprocessError, OSError):
            self.ask("scancel", "--user=root", "--signal=KILL", "--full")
            self.ask("scancel", "--user=root")
            time.sleep(1.0)
        for process in reversed(self._started):
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_munge(self) -> None:
        munge = self.folder / "munge"
        shutil.chown(munge, "root")
        key = munge / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self._run(
            "munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge}/socket",
            f"--pid-file={munge}/pid", f"--log-file={munge}/log", f"--seed-file={munge}/seed",
        )  # fmt: skip
        self._until((munge / "socket").exists, "munged does not start")

    def _configure(self, cpus: int) -> None:
        self.conf.write_text(
            f"""\
ClusterName=own
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={_free_port()}
SlurmdPort={_free_port()}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={self.folder}/munge/socket
CredType=cred/munge
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool
SlurmctldPidFile={self.folder}/slurmctld.pid
SlurmdPidFile={self.folder}/slurmd.pid
SlurmctldLogFile={self.folder}/slurmctld.log
SlurmdLogFile={self.folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=1,sched_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
MpiDefault=none
NodeName=here NodeHostname={socket.gethostname()} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
        )

    def _run(self, program: str, *words: str) -> None:
        env = {**os.environ, **self.environment}
        with (self.folder / f"{program}.out").open("ab") as out:
            self._started.append(
                subprocess.Popen([program, *words], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            )

    def _wait(self) -> None:
        def is_up() -> bool:
            with suppress(subprocess.SubprocessError):
                return "idle" in self.ask("sinfo", "--noheader", "--format=%T")
            return False

        self._until(is_up, "the node does not come up")

    def _until(self, holds: object, why: str) -> None:
        assert callable(holds)
        deadline = time.monotonic() + 60
        while not holds():
            logs = [path.read_text(errors="replace")[-800:] for path in self.folder.glob("*.out")]
            assert time.monotonic() < deadline, f"{why}: {logs}"
            time.sleep(0.1)
