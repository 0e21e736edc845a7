"""Pipecat's TavusApi, as published, against the API at a URL. Prints the result of each call as one line of JSON.

Only the class is taken from its module: the module also imports Daily's native library and the whole of Pipecat's audio.
"""

import ast
import asyncio
import importlib.util
import json
import os
import pathlib
import sys

import aiohttp


class Quiet:
    def debug(self, *_args):
        pass


def published_class():
    package = pathlib.Path(importlib.util.find_spec("pipecat").origin).parent
    source = (package / "transports" / "tavus" / "transport.py").read_text()
    found = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "TavusApi"]
    names = {"aiohttp": aiohttp, "os": os, "logger": Quiet()}
    exec(compile(ast.Module(body=found, type_ignores=[]), "pipecat", "exec"), names)
    return names["TavusApi"]


async def main(api_url, api_key, replica_id, persona_id):
    api_class = published_class()
    api_class.BASE_URL = api_url
    async with aiohttp.ClientSession() as session:
        api = api_class(api_key, session)
        created = await api.create_conversation(replica_id, persona_id)
        print(json.dumps({"created": created}))
        print(json.dumps({"personaName": await api.get_persona_name(persona_id)}))
        await api.end_conversation(created["conversation_id"])
        print(json.dumps({"ended": created["conversation_id"]}))
        try:
            await api_class("wrong", session).create_conversation(replica_id, persona_id)
        except aiohttp.ClientResponseError as error:
            print(json.dumps({"refused": error.status}))


asyncio.run(main(*sys.argv[1:]))
