"""Holds a SCIM server to RFC 7643 and 7644 with scim2-tester. Arguments: address, file with the token. JSON lines."""

import json
import sys

import scim2_tester
from scim2_client.engines.httpx2 import SyncSCIMClient
from httpx2 import Client

address, token_file = sys.argv[1:3]
token = open(token_file, encoding="utf-8").read().strip()
http = Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30)
for result in scim2_tester.check_server(SyncSCIMClient(http)):
    print(
        json.dumps(
            {
                "status": result.status.name,
                "title": result.title,
                "reason": str(result.reason or ""),
                "type": str(result.resource_type or ""),
            }
        )
    )
