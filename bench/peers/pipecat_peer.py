"""Pipecat's side of the bench against peers: ten processors in a task, driven by one JSON command per line.

Commands: {"do": "hops", "yields": bool, "frames": n}, {"do": "traverse", "yields": bool, "rounds": n} and
{"do": "interrupt", "frames": n}. Each is answered by one JSON line with milliseconds. `bench/peers/ours.ts` does the same.
Needs `pip install pipecat-ai==1.14.0`.
"""

import asyncio
import json
import platform
import sys
import time
from importlib.metadata import version

from loguru import logger

logger.remove()

from pipecat.frames.frames import InterruptionFrame, TextFrame  # noqa: E402
from pipecat.pipeline.pipeline import Pipeline  # noqa: E402
from pipecat.pipeline.worker import PipelineWorker  # noqa: E402
from pipecat.processors.frame_processor import FrameProcessor  # noqa: E402
from pipecat.workers.runner import WorkerRunner  # noqa: E402

PROCESSORS = 10


class Pass(FrameProcessor):
    """Passes frames on, after a turn of the event loop if asked to."""

    def __init__(self, yields):
        super().__init__()
        self._yields = yields

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if self._yields and isinstance(frame, TextFrame):
            await asyncio.sleep(0)
        await self.push_frame(frame, direction)


class Busy(FrameProcessor):
    """Handles its first text until it is interrupted: all others wait behind it."""

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, TextFrame):
            await asyncio.sleep(3600)
        await self.push_frame(frame, direction)


class Last(FrameProcessor):
    """Resolves when an expected number of frames of one kind has arrived."""

    def __init__(self):
        super().__init__()
        self._left = 0
        self._kind = TextFrame
        self._done = None

    def expect(self, kind, count):
        self._kind, self._left = kind, count
        self._done = asyncio.get_running_loop().create_future()
        return self._done

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, self._kind) and self._left > 0:
            self._left -= 1
            if self._left == 0:
                self._done.set_result(None)


class Task:
    """A running task with its processors."""

    def __init__(self, first):
        self.last = Last()
        self.worker = PipelineWorker(
            Pipeline([*first, self.last]),
            cancel_on_idle_timeout=False,
            idle_timeout_secs=None,
            enable_rtvi=False,
            enable_turn_tracking=False,
        )

    async def start(self, runner):
        started = asyncio.Event()

        @self.worker.event_handler("on_pipeline_started")
        async def on_pipeline_started(worker, frame):
            started.set()

        await runner.add_workers(self.worker)
        await started.wait()
        return self

    async def send(self, frames):
        done = self.last.expect(TextFrame, len(frames))
        start = time.perf_counter()
        for frame in frames:
            await self.worker.queue_frame(frame)
        await done
        return (time.perf_counter() - start) * 1000

    async def interrupt(self, count):
        for _ in range(count):
            await self.worker.queue_frame(TextFrame("x"))
        await asyncio.sleep(0.2)
        done = self.last.expect(InterruptionFrame, 1)
        start = time.perf_counter()
        await self.worker.queue_frame(InterruptionFrame())
        await done
        return (time.perf_counter() - start) * 1000


async def main():
    runner = WorkerRunner(handle_sigint=False)
    running = asyncio.create_task(runner.run())
    await asyncio.sleep(0)
    tasks = {
        yields: await Task([Pass(yields) for _ in range(PROCESSORS - 1)]).start(runner) for yields in (False, True)
    }
    busy = await Task([Busy()] + [Pass(False) for _ in range(PROCESSORS - 2)]).start(runner)
    name = f"Pipecat {version('pipecat-ai')} (Python {platform.python_version()})"
    print(json.dumps({"name": name}), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        if command["do"] == "hops":
            ms = [await tasks[command["yields"]].send([TextFrame("x") for _ in range(command["frames"])])]
        elif command["do"] == "traverse":
            ms = [await tasks[command["yields"]].send([TextFrame("x")]) for _ in range(command["rounds"])]
        else:
            ms = [await busy.interrupt(command["frames"])]
        print(json.dumps({"ms": ms}), flush=True)
    running.cancel()


asyncio.run(main())
