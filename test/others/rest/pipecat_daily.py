"""Pipecat's DailyRESTHelper, as published by Daily, against the API at a URL. Prints the result of each call as one line of
JSON.

The module is loaded from its file: the package around it imports Daily's native library and the whole of Pipecat's audio.
"""

import asyncio
import importlib.util
import json
import pathlib
import sys
import time

import aiohttp


def published_module():
    package = pathlib.Path(importlib.util.find_spec("pipecat").origin).parent
    spec = importlib.util.spec_from_file_location("daily_utils", package / "transports" / "daily" / "utils.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["daily_utils"] = module
    spec.loader.exec_module(module)
    return module


async def main(api_url, api_key):
    daily = published_module()
    async with aiohttp.ClientSession() as session:

        def helper(key):
            return daily.DailyRESTHelper(daily_api_key=key, daily_api_url=api_url, aiohttp_session=session)

        rest = helper(api_key)
        defaults = await rest.create_room(daily.DailyRoomParams())
        print(json.dumps({"defaults": defaults.model_dump()}))

        # As Pipecat's runner makes its rooms: a prefix, two hours, and everybody out at the end.
        properties = daily.DailyRoomProperties(
            exp=time.time() + 2 * 60 * 60, eject_at_room_exp=True, enable_recording="cloud", geo="eu-central-1"
        )
        params = daily.DailyRoomParams(name="pipecat-0123abcd", privacy="private", properties=properties)
        room = await rest.create_room(params)
        print(json.dumps({"room": room.model_dump()}))
        again = await rest.get_room_from_url(room.url)
        print(json.dumps({"again": again.model_dump()}))

        token = await rest.get_token(room.url)
        bounded = await rest.get_token(
            room.url,
            60.0,
            owner=False,
            params=daily.DailyMeetingTokenParams(
                properties=daily.DailyMeetingTokenProperties(user_name="Ada", user_id="u1", start_video_off=True)
            ),
        )
        print(json.dumps({"token": token, "bounded": bounded}))

        try:
            await rest.create_room(params)
        except Exception as error:
            print(json.dumps({"taken": str(error)}))
        print(json.dumps({"deleted": await rest.delete_room_by_url(room.url)}))
        print(json.dumps({"deletedAgain": await rest.delete_room_by_name(room.name)}))
        try:
            await helper("wrong").create_room(daily.DailyRoomParams())
        except Exception as error:
            print(json.dumps({"refused": str(error)}))


asyncio.run(main(*sys.argv[1:]))
