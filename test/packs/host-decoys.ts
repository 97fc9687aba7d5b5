import type { EventLogsource, SigmaEvent } from '#detect/sigma'

import type { Decoy } from './decoys.ts'

// Ordinary work on hosts and in clusters that looks like the harvest of a poisoned gateway.
const host = (product: string, service: string): EventLogsource => ({ product, category: 'host', service })
const packages = '/opt/venv/lib/python3.12/site-packages'

const row = (name: string, columns: object): SigmaEvent => ({
  name,
  hostIdentifier: 'ci-7',
  action: 'added',
  unixTime: 1_774_348_740,
  columns,
})
const ran = (cmdline: string, path = '/usr/bin/python3.12'): SigmaEvent =>
  row('process_events', { cmdline, path, pid: '4242', parent: '4200' })
const audited = (exe: string, name: string, pid = '4242'): SigmaEvent => ({
  ID: '1774348740.123:7',
  NODE: 'ci-7',
  SYSCALL: { arch: 'c000003e', syscall: '257', success: 'yes', pid, exe },
  PATH: [{ item: '0', name, nametype: 'NORMAL' }],
})
const alert = (fields: object): SigmaEvent => ({
  hostname: 'node-3',
  rule: 'file opened',
  output_fields: { 'proc.name': 'python3', 'proc.pname': 'litellm', 'k8s.pod.name': 'litellm-0', ...fields },
})
const python = '/usr/bin/python3.12'

export const hostDecoys: readonly Decoy[] = [
  {
    name: 'virtual environments are made and packages installed, with the .pth files that tools bring',
    logsource: host('osquery', 'results'),
    everySeconds: 3,
    events: [
      '_virtualenv.pth',
      'distutils-precedence.pth',
      'easy-install.pth',
      '__editable__.service-1.0.pth',
      'protobuf-3.20-nspkg.pth',
      'a1_coverage.pth',
      'matplotlib-3.9-nspkg.pth',
    ].map((name) => row('file_events', { target_path: `${packages}/${name}`, action: 'CREATED' })),
  },
  {
    name: 'a build packs its release and uploads it, after a scan of its own',
    logsource: host('osquery', 'results'),
    everySeconds: 20,
    events: [
      ran('python3 -m build'),
      ran('tar czf dist/service.tar.gz dist', '/usr/bin/tar'),
      ran('curl --fail -F file=@dist/service.tar.gz https://upload.example.com/', '/usr/bin/curl'),
      ran('curl -fsSL https://files.pythonhosted.org/packages/x.whl', '/usr/bin/curl'),
      ran('python3 -c "import base64, sys; print(base64.b64decode(sys.argv[1]))"'),
      ran('python3 -c "import litellm; print(litellm.__version__)"'),
    ],
  },
  {
    name: 'jobs of cron fetch a file each night, and say that they live',
    logsource: host('osquery', 'results'),
    everySeconds: 60,
    events: [
      'curl -fsS https://hc.example.com/ping/1',
      'wget -q -O /var/lib/geo/db.gz https://geo.example.com/db.gz',
      'cd / && run-parts --report /etc/cron.hourly',
    ].map((command) => row('pack_ir_crontab', { command, path: '/etc/cron.d/x' })),
  },
  {
    name: 'programs in Python read the keys of the one service they use, a hundred times',
    logsource: host('linux', 'auditd'),
    everySeconds: 1,
    events: Array.from({ length: 100 }, (_, n) =>
      audited(
        python,
        ['/home/ci/.aws/credentials', '/home/ci/.aws/config', '/srv/app/.env'][n % 3] ?? '',
        String(n % 2),
      ),
    ),
  },
  {
    name: 'an agent that watches processes reads what each was given',
    logsource: host('linux', 'auditd'),
    everySeconds: 1,
    events: Array.from({ length: 50 }, (_, n) =>
      audited('/opt/datadog-agent/embedded/bin/python3.12', `/proc/${n}/environ`),
    ),
  },
  {
    name: 'a gateway starts: its token, its keys, the role of its machine, a probe of its health',
    logsource: host('falco', 'alerts'),
    everySeconds: 2,
    events: [
      alert({ 'fd.name': '/var/run/secrets/kubernetes.io/serviceaccount/token' }),
      alert({ 'fd.name': '/app/.env' }),
      alert({ 'fd.name': '/root/.aws/credentials' }),
      alert({ 'fd.sip': '169.254.169.254', 'fd.sport': 80 }),
      alert({ 'proc.name': 'curl', 'proc.cmdline': 'curl -f http://localhost:4000/health' }),
    ],
  },
  {
    name: 'gateways of web traffic watch the secrets of their certificates, and the AI gateway reads its own',
    logsource: { product: 'kubernetes', category: 'application', service: 'audit' },
    everySeconds: 5,
    events: [
      ['istio-system:istio-ingressgateway-service-account', 'watch', ''],
      ['envoy-gateway-system:envoy-gateway', 'list', ''],
      ['ai:litellm', 'get', 'litellm-config'],
      ['ai:litellm', 'get', 'litellm-config'],
    ].map(([account, verb, name]) => ({
      verb,
      user: { username: `system:serviceaccount:${account}` },
      userAgent: 'kubernetes-client/31.0',
      objectRef: { resource: 'secrets', name, apiVersion: 'v1' },
      sourceIPs: ['10.0.3.4'],
      responseStatus: { code: 200 },
    })),
  },
]
