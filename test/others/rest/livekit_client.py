"""LiveKit's TavusAPI, as published, against the API at a URL. Prints the result of each call as one line of JSON."""

import asyncio
import json
import logging
import sys

import aiohttp
from livekit.agents import APIConnectOptions, APIStatusError
from livekit.plugins.tavus.api import TavusAPI

logging.disable(logging.CRITICAL)


async def main(api_url, api_key, face_id, pal_id):
    def say(**result):
        print(json.dumps(result))

    async with aiohttp.ClientSession() as session:
        options = APIConnectOptions(max_retry=0)
        api = TavusAPI(api_key, api_url, conn_options=options, session=session)
        room = {"livekit_ws_url": "wss://livekit.test", "livekit_room_token": "token"}
        say(withoutIds=await api.create_conversation(properties=room))
        say(withIds=await api.create_conversation(face_id=face_id, pal_id=pal_id))
        say(withOldIds=await api.create_conversation(replica_id=face_id, persona_id=pal_id))
        pal = await api.create_pal("Ari", default_face_id=face_id)
        say(pal=pal)
        say(ofOwnPal=await api.create_conversation(pal_id=pal))
        say(persona=await api.create_persona("Ari", extra_payload={"default_replica_id": face_id}))
        say(plainPersona=await api.create_persona())
        for name, arguments in {"wrongKey": {}, "unknownFace": {"face_id": "r0000", "pal_id": pal_id}}.items():
            key = "wrong" if name == "wrongKey" else api_key
            try:
                await TavusAPI(key, api_url, conn_options=options, session=session).create_conversation(**arguments)
            except APIStatusError as error:
                say(**{name: error.status_code})


asyncio.run(main(*sys.argv[1:]))
