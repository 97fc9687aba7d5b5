import type { EntityId, Stated } from '#model'
import type { TakenAt } from '#sources/contract'

import {
  nameDeployment,
  nameGateway,
  nameGatewayHost,
  nameGuardrail,
  nameMcp,
  nameModel,
  nameModels,
  nameProvider,
  nameUpstream,
  nameUser,
} from './names.ts'
import { isTold } from './rights.ts'
import type { Rows } from './rows.ts'
import { fact, open, timeMs } from './statements.ts'

/** What a secret of ours at a provider opens, and that the gateway holds it. Its value is shown to nobody, nor a hash of it. */
function upstream(
  authority: string,
  atMs: number,
  entity: EntityId,
  { name, provider, where, fromMs }: { name: string; provider: string; where: string; fromMs: number },
): Stated {
  return {
    facts: [
      fact(entity, atMs, { kind: 'key', name, owner: nameGatewayHost(authority), provider }),
      fact(nameProvider(authority, provider), atMs, { kind: 'provider', name: provider }),
    ],
    edges: [
      open(nameGateway(authority), 'STORES', entity, fromMs, { note: where }),
      open(entity, 'CAN_WRITE', nameProvider(authority, provider), fromMs, { note: 'as the gateway' }),
    ],
  }
}

/** A deployment sends a stored credential, or one of its own: from the configuration file or the environment. */
export function stateDeployment(row: Rows['deployments'], { authority, atMs }: TakenAt): Stated {
  const entity = nameDeployment(authority, row.id)
  const model = nameModel(authority, row.model_name)
  const fromMs = timeMs(row.created_at) ?? 0
  const provider = row.host ?? row.provider ?? 'unknown'
  const own = isTold(row.credential)
    ? {}
    : upstream(authority, atMs, nameUpstream(authority, 'deployment', row.id), {
        name: `key of ${row.model_name} at ${provider}`,
        provider,
        where: row.isStored ? 'database' : 'configuration',
        fromMs,
      })
  return {
    facts: [
      fact(model, atMs, { kind: 'model', name: row.model_name }),
      fact(entity, atMs, {
        kind: 'deployment',
        name: `${row.model_name} (${row.model ?? provider})`,
        provider: row.provider,
        host: row.host,
        credential: row.credential,
        stored: row.isStored,
        enabled: row.blocked !== true,
        createdAtMs: timeMs(row.created_at),
        createdBy: row.created_by,
      }),
      ...(own.facts ?? []),
    ],
    edges: [
      open(nameModels(authority), 'CONTAINS', model, 0),
      open(model, 'CONTAINS', entity, fromMs),
      ...(row.access_groups ?? []).map((group) => open(nameModel(authority, group), 'CONTAINS', model, 0)),
      ...(row.isStored && isTold(row.created_by)
        ? [open(nameUser(authority, row.created_by), 'CREATED', entity, fromMs)]
        : []),
      ...(own.edges ?? []),
    ],
  }
}

export function stateCredential({ name, provider, fields }: Rows['credentials'], { authority, atMs }: TakenAt): Stated {
  return upstream(authority, atMs, nameUpstream(authority, 'credential', name), {
    name: `${name} (${fields.join(', ')})`,
    provider: provider ?? 'unknown',
    where: 'database',
    fromMs: 0,
  })
}

export function stateMcp(row: Rows['mcp'], { authority, atMs }: TakenAt): Stated {
  const entity = nameMcp(authority, row.server_id)
  const fromMs = timeMs(row.created_at) ?? 0
  const hasSecret = (isTold(row.auth_type) && row.auth_type !== 'none') || row.fields.length > 0
  const held = hasSecret
    ? upstream(authority, atMs, nameUpstream(authority, 'mcp', row.server_id), {
        name: `secrets of MCP server ${row.server_name ?? row.server_id} (${[row.auth_type, ...row.fields].filter(isTold).join(', ')})`,
        provider: row.host ?? row.server_name ?? row.server_id,
        where: 'database',
        fromMs,
      })
    : {}
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'mcp-server',
        name: row.server_name ?? row.server_id,
        host: row.host,
        transport: row.transport,
        auth: row.auth_type,
        open: row.allow_all_keys,
        public: row.available_on_public_internet,
        status: row.status,
        createdAtMs: timeMs(row.created_at),
        createdBy: row.created_by,
      }),
      ...(held.facts ?? []),
    ],
    edges: [
      open(nameGateway(authority), 'CONTAINS', entity, fromMs),
      ...(isTold(row.created_by) ? [open(nameUser(authority, row.created_by), 'CREATED', entity, fromMs)] : []),
      ...(held.edges ?? []),
    ],
  }
}

export function stateGuardrail(row: Rows['guardrails'], { authority, atMs }: TakenAt): Stated {
  const { id, name, provider, mode, isDefault } = row
  return {
    facts: [fact(nameGuardrail(authority, id), atMs, { kind: 'guardrail', name, provider, mode, default: isDefault })],
    edges: [],
  }
}
