// A month of a cluster's audit log: deploys, operators and controllers at work, people who look into pods.
import type { Json, JsonObject } from '#kit'

import { addressOf } from '../../../lab/estate/use/people.ts'
import { uuidOf } from '../../../lab/twins/okta/system-log.ts'
import { daily, dayOfMonth, happenings, once, hourMs, minuteMs, someone, type Month, type Record } from '../calendar.ts'

type Who = { username: string; groups: string[]; ip: string; agent: string }
type What = {
  verb: string
  resource: string
  group?: string
  subresource?: string
  namespace?: string
  name?: string
  body?: Json
  code?: number
  path?: string
}

export function* kubernetesWork(month: Month): Generator<Record> {
  let made = 0
  const row = (story: string, who: Who, atMs: number, what: What): Record => {
    const { verb, resource, group = '', subresource, namespace, name, body, code = 200 } = what
    const at = new Date(atMs).toISOString().replace('Z', '000Z')
    const path = `/${group === '' ? 'api/v1' : `apis/${group}/v1`}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${resource}${name === undefined ? '' : `/${name}`}${subresource === undefined ? '' : `/${subresource}`}`
    const ref = { resource, apiVersion: 'v1', apiGroup: group || undefined, namespace, name, subresource }
    const raw: JsonObject = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: body === undefined ? 'Metadata' : 'RequestResponse',
      auditID: uuidOf(`kubernetes ${month.seed} ${made++}`),
      stage: 'ResponseComplete',
      requestURI: what.path ?? path,
      verb,
      user: { username: who.username, groups: who.groups },
      sourceIPs: [who.ip],
      userAgent: who.agent,
      // What is no resource, as the answer to a probe, is named by its path alone.
      ...(resource === ''
        ? {}
        : {
            objectRef: Object.fromEntries(
              Object.entries(ref).filter((one): one is [string, string] => one[1] !== undefined),
            ),
          }),
      responseStatus: { metadata: {}, code },
      ...(body === undefined ? {} : { requestObject: body, responseObject: body }),
      requestReceivedTimestamp: at,
      stageTimestamp: at,
      annotations: { 'authorization.k8s.io/decision': code === 403 ? 'forbid' : 'allow' },
    }
    return { vendor: 'kubernetes', stream: 'log', atMs, story, raw }
  }
  const account = (namespace: string, name: string, ip: string, agent: string): Who => ({
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    ip,
    agent,
  })
  const argo = account('argocd', 'argocd-application-controller', '10.0.3.11', 'argocd-application-controller/v2.14')
  const secrets = account('external-secrets', 'external-secrets', '10.0.3.12', 'external-secrets/v0.14')
  const certs = account('cert-manager', 'cert-manager', '10.0.3.13', 'cert-manager-controller/v1.17')
  const controller: Who = {
    username: 'system:kube-controller-manager',
    groups: ['system:authenticated'],
    ip: '10.0.0.2',
    agent: 'kube-controller-manager/v1.32',
  }
  const node = (n: number): Who => ({
    username: `system:node:node-${n}`,
    groups: ['system:nodes', 'system:authenticated'],
    ip: `10.0.1.${n + 1}`,
    agent: 'kubelet/v1.32',
  })
  const human = (person: { email: string; n: number }): Who => ({
    username: person.email,
    groups: ['engineers', 'system:authenticated'],
    ip: addressOf(person.n),
    agent: 'kubectl/v1.32.1 (linux/amd64)',
  })
  const spaces = ['api', 'ratings', 'interviews', 'exports', 'gateway']

  for (const { dayStartMs, draw } of daily(month, 'kubernetes/controllers', true)) {
    for (let hour = 0; hour < 24; hour++) {
      const atMs = dayStartMs + hour * hourMs
      for (const namespace of spaces) {
        yield row('controllers at work', argo, atMs + draw.int(hourMs), {
          verb: 'list',
          resource: 'deployments',
          group: 'apps',
          namespace,
        })
        yield row('controllers at work', argo, atMs + draw.int(hourMs), {
          verb: 'list',
          resource: 'secrets',
          namespace,
        })
        for (let n = 0; n < 5; n++)
          yield row('secrets brought into the cluster', secrets, atMs + n * 700, {
            verb: 'get',
            resource: 'secrets',
            namespace,
            name: `secret-${n}`,
          })
        yield row('secrets brought into the cluster', secrets, atMs + 8_000, {
          verb: 'update',
          resource: 'secrets',
          namespace,
          name: `secret-${draw.int(5)}`,
        })
      }
      for (let n = 0; n < 6; n++) {
        yield row('controllers at work', node(n), atMs + draw.int(hourMs), {
          verb: 'create',
          resource: 'serviceaccounts',
          subresource: 'token',
          namespace: draw.pick(spaces),
          name: 'default',
        })
        yield row('controllers at work', node(n), atMs + draw.int(hourMs), {
          verb: 'get',
          resource: 'secrets',
          namespace: draw.pick(spaces),
          name: 'pull',
        })
      }
      yield row('controllers at work', controller, atMs + draw.int(hourMs), {
        verb: 'create',
        resource: 'serviceaccounts',
        subresource: 'token',
        namespace: 'kube-system',
        name: 'replicaset-controller',
      })
    }
    yield row('controllers at work', certs, dayStartMs + 4 * hourMs, {
      verb: 'update',
      resource: 'secrets',
      namespace: 'gateway',
      name: 'tls',
    })
    yield row(
      'controllers at work',
      { username: 'system:anonymous', groups: ['system:unauthenticated'], ip: '10.0.0.9', agent: 'kube-probe/1.32' },
      dayStartMs + 5 * hourMs,
      { verb: 'get', resource: '', path: '/healthz' },
    )
  }
  for (const { dayStartMs, draw } of daily(month, 'kubernetes/deploys')) {
    for (let n = 0; n < 14; n++) {
      const atMs = dayStartMs + (7 + draw.int(11)) * hourMs + draw.int(hourMs)
      const namespace = draw.pick(spaces)
      yield row('deploy', argo, atMs, {
        verb: 'patch',
        resource: 'deployments',
        group: 'apps',
        namespace,
        name: 'app',
        body: {
          kind: 'Deployment',
          spec: { template: { spec: { containers: [{ name: 'app', image: `registry.example/app:${n}` }] } } },
        },
      })
      yield row('deploy', argo, atMs + 4_000, { verb: 'patch', resource: 'configmaps', namespace, name: 'app' })
      for (let pod = 0; pod < 3; pod++)
        yield row('deploy', controller, atMs + 6_000 + pod * 500, {
          verb: 'create',
          resource: 'pods',
          namespace,
          name: `app-${draw.hex(5)}`,
          body: {
            kind: 'Pod',
            metadata: { name: `app-${n}`, namespace },
            spec: { containers: [{ name: 'app', image: 'registry.example/app' }] },
          },
        })
    }
    for (const person of month.engineers) {
      if (!draw.chance(0.12)) continue
      const atMs = dayStartMs + (8 + draw.int(8)) * hourMs + draw.int(hourMs)
      const [who, namespace] = [human(person), draw.pick(spaces)]
      for (let n = 0; n < 2 + draw.int(8); n++)
        yield row('engineers look', who, atMs + n * 9_000, {
          verb: draw.pick(['list', 'get', 'watch']),
          resource: draw.pick(['pods', 'deployments', 'events', 'configmaps']),
          namespace,
        })
      if (draw.chance(0.5))
        yield row('engineers debug', who, atMs + 2 * minuteMs, {
          verb: 'get',
          resource: 'pods',
          subresource: 'log',
          namespace,
          name: 'app-1',
        })
      if (draw.chance(0.3))
        yield row('engineers debug', who, atMs + 3 * minuteMs, {
          verb: 'create',
          resource: 'pods',
          subresource: 'exec',
          namespace,
          name: 'app-1',
          code: 101,
        })
      if (draw.chance(0.2))
        yield row('engineers debug', who, atMs + 4 * minuteMs, {
          verb: 'create',
          resource: 'pods',
          subresource: 'portforward',
          namespace,
          name: 'app-1',
          code: 101,
        })
      if (draw.chance(0.15))
        yield row('engineers debug', who, atMs + 5 * minuteMs, {
          verb: 'get',
          resource: 'secrets',
          namespace,
          name: 'database',
        })
      if (draw.chance(0.1))
        yield row('engineers are refused', who, atMs + 6 * minuteMs, {
          verb: 'list',
          resource: 'secrets',
          namespace: 'kube-system',
          code: 403,
        })
    }
  }
  for (const { draw, atMs } of happenings(month, 'kubernetes/roles', 4)) {
    const name = `tool-${draw.hex(4)}`
    const rules = [{ apiGroups: [''], resources: ['pods', 'configmaps'], verbs: ['get', 'list', 'watch'] }]
    yield row('new tool', argo, atMs, {
      verb: 'create',
      resource: 'clusterroles',
      group: 'rbac.authorization.k8s.io',
      name,
      body: { kind: 'ClusterRole', metadata: { name }, rules },
    })
    yield row('new tool', argo, atMs + 1_000, {
      verb: 'create',
      resource: 'clusterrolebindings',
      group: 'rbac.authorization.k8s.io',
      name,
      body: {
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace: 'tools' }],
      },
    })
    yield row('new tool', argo, atMs + 2_000, {
      verb: 'create',
      resource: 'daemonsets',
      group: 'apps',
      namespace: 'tools',
      name,
      body: {
        kind: 'DaemonSet',
        spec: {
          template: {
            spec: {
              hostNetwork: true,
              containers: [{ name, image: 'registry.example/agent', securityContext: { privileged: true } }],
              volumes: [{ name: 'root', hostPath: { path: '/' } }],
            },
          },
        },
      },
    })
  }
  for (const { draw, atMs } of happenings(month, 'kubernetes/break-glass', 1)) {
    const person = someone(month.engineers, draw, atMs)
    const body = {
      kind: 'ClusterRoleBinding',
      metadata: { name: 'on-call' },
      roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', name: person.email }],
    }
    yield row('on call gets more', human(person), atMs, {
      verb: 'create',
      resource: 'clusterrolebindings',
      group: 'rbac.authorization.k8s.io',
      name: 'on-call',
      body,
    })
  }
  for (const { draw } of once(month, 'kubernetes/upgrade', 1)) {
    const who = human(someone(month.engineers, draw, month.fromMs))
    for (let n = 0; n < 6; n++) {
      const atMs = dayOfMonth(month, 11, 6) + n * 15 * minuteMs
      yield row('nodes replaced', who, atMs, {
        verb: 'patch',
        resource: 'nodes',
        name: `node-${n}`,
        body: { kind: 'Node', spec: { unschedulable: true } },
      })
      for (let pod = 0; pod < 8; pod++)
        yield row('nodes replaced', who, atMs + 30_000 + pod * 2_000, {
          verb: 'create',
          resource: 'pods',
          subresource: 'eviction',
          namespace: draw.pick(spaces),
          name: `app-${pod}`,
        })
      yield row('nodes replaced', who, atMs + 10 * minuteMs, { verb: 'delete', resource: 'nodes', name: `node-${n}` })
    }
  }
}
