"""A store with one bucket (moto), and who drops objects in it (boto3). A command a line on stdin, an answer a line on stdout."""

import base64
import json
import os
import sys

# The calls of `found` are free; from then on moto checks each one's signature and whether its user may.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "7"

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

url = None
held = {}


def client(service, key="root", secret="root"):
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret
    )


def found(bucket, policy):
    """The bucket, who drops in it, and who may read it."""
    client("s3").create_bucket(Bucket=bucket)
    iam = client("iam")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    for name, may in (("dropper", everything), ("reader", policy)):
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=json.dumps(may))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        held[name] = (key["AccessKeyId"], key["SecretAccessKey"])
    held["s3"] = client("s3", *held["dropper"])
    return {"id": held["reader"][0], "secret": held["reader"][1]}


def put(bucket, key, body, encoding=None):
    more = {} if encoding is None else {"ContentEncoding": encoding}
    held["s3"].put_object(Bucket=bucket, Key=key, Body=base64.b64decode(body), **more)
    return {}


def queue(bucket, names):
    """Queues that the bucket tells of its objects, the second over a topic; their addresses."""
    admin = [client(service, *held["dropper"]) for service in ("sqs", "sns", "s3")]
    sqs, sns, s3 = admin
    urls = [sqs.create_queue(QueueName=name)["QueueUrl"] for name in names]
    arns = [sqs.get_queue_attributes(QueueUrl=one, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"] for one in urls]
    topic = sns.create_topic(Name="dropped")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arns[1])
    created = ["s3:ObjectCreated:*"]
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arns[0], "Events": created}],
            "TopicConfigurations": [{"TopicArn": topic, "Events": created}],
        },
    )
    return {"urls": urls}


def send(url, body):
    client("sqs", *held["dropper"]).send_message(QueueUrl=url, MessageBody=body)
    return {}


def left(url):
    """Messages of a queue, shown or given out."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = client("sqs", *held["dropper"]).get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return {"messages": sum(int(found[name]) for name in names)}


def let(policy):
    client("iam", *held["dropper"]).put_user_policy(
        UserName="reader", PolicyName="may", PolicyDocument=json.dumps(policy)
    )
    return {}


def fetch(url, id, secret, bucket, prefix):
    """What AWS's client reads of another store: the keys below a prefix, and what the first holds."""
    other = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id=id, aws_secret_access_key=secret
    )
    keys = [row["Key"] for row in other.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]
    body = other.get_object(Bucket=bucket, Key=keys[0])["Body"].read() if keys else b""
    return {"keys": keys, "first": base64.b64encode(body).decode()}


def read(bucket):
    """Every object of our own store, as AWS's client reads it."""
    s3 = held["s3"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="cordon/receipts/")
    keys = [row["Key"] for page in pages for row in page.get("Contents", [])]
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    return {"objects": [{"key": key, "body": base64.b64encode(body).decode()} for key, body in zip(keys, bodies)]}


commands = {"read": read, "found": found, "put": put, "queue": queue, "send": send, "left": left, "let": let, "fetch": fetch}
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
url = "http://{}:{}".format(*server.get_host_and_port())
print(json.dumps({"url": url}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps(commands[asked.pop("do")](**asked)), flush=True)
server.stop()
