"""An AWS of somebody else's making (moto), its own client (boto3), and botocore's reading of any answer. A command a line on
stdin, an answer a line on stdout."""

import json
import os
import sys
import urllib.request

# Founding is free; from `guard` on moto checks each call's signature and whether its caller may.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "1000000"

import boto3  # noqa: E402
import botocore.parsers  # noqa: E402
import botocore.session  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

url = None
session = botocore.session.get_session()


def guard(free):
    """From now on each call is checked, after `free` more."""
    asked = urllib.request.Request(url + "/moto-api/reset-auth", data=str(free).encode(), headers={"content-type": "text/plain"})
    urllib.request.urlopen(asked).read()
    return {}


def call(service, operation, args, keys=None, at=None):
    """What boto3 answers, or the code of the refusal."""
    held = keys or {"accessKeyId": "root", "secretAccessKey": "root"}
    client = boto3.client(
        service,
        endpoint_url=at or url,
        region_name="us-east-1",
        aws_access_key_id=held["accessKeyId"],
        aws_secret_access_key=held["secretAccessKey"],
        aws_session_token=held.get("sessionToken"),
    )
    try:
        answer = getattr(client, operation)(**args)
    except ClientError as error:
        return {"refused": error.response["Error"]["Code"]}
    answer.pop("ResponseMetadata", None)
    return json.loads(json.dumps(answer, default=str))


def read(service, operation, status, headers, body):
    """An answer as AWS's description of the service says it is to be read."""
    model = session.get_service_model(service)
    parser = botocore.parsers.create_parser(model.metadata["protocol"])
    found = parser.parse(
        {"status_code": status, "headers": headers, "body": body.encode()}, model.operation_model(operation).output_shape
    )
    found.pop("ResponseMetadata", None)
    return json.loads(json.dumps(found, default=str))


commands = {"guard": guard, "call": call, "read": read}
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
url = "http://{}:{}".format(*server.get_host_and_port())
print(json.dumps({"url": url}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = commands[asked.pop("do")](**asked)
    except Exception as error:  # noqa: BLE001 -- said to the test, which fails by it
        answer = {"failed": repr(error)}
    print(json.dumps(answer), flush=True)
server.stop()
