import { settleController } from '../../twins/kubernetes/admission.ts'
import { resourceOf } from '../../twins/kubernetes/resources.ts'
import { findNamed, put, type Kept } from '../../twins/kubernetes/state.ts'
import { startKubernetesTwin, type KubernetesTwin } from '../../twins/kubernetes/twin.ts'
import { cordonAccount, cordonConfig, planCordon, scopesOfCordon } from '../cluster/cordon.ts'
import {
  countCluster,
  namesIn,
  planCluster,
  type ClusterObject,
  type ClusterPlan,
  type TokenSecret,
} from '../cluster/objects.ts'
import { dayMs, type Company } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import { standing, type At, type CordonUse, type Part } from '../part.ts'
import { useKubernetes } from '../use/kubernetes.ts'

type World = { twin: KubernetesTwin; at: At; company: Company }
/** Namespaces that the twin has from the start. */
const shipped = ['default', 'kube-system']

/** The company's cluster in the twin. */
export const kubernetes: Part = async (company, at) => {
  const twin = await startKubernetesTwin({ clock: at.clock })
  const world = { twin, at, company }
  const plan = planCluster(company, company.yearMs)
  const config = cordonConfig({ apiUrl: twin.url })
  const objects = [...plan.objects, ...planCordon(await scopesOfCordon(at.roles, config))]
  at.clock.during(company.yearMs, () => {
    for (const one of objects) make(world, one)
    for (const one of plan.tokens) hold(world, plan, one)
  })
  const { fill } = plan
  fill.counts = countCluster(objects, shipped.length)
  const own = (use: CordonUse) => ({ token: ownToken(world, use) })
  const source = { connector: 'kubernetes', config, see: own('see'), contain: own('contain') }
  return {
    url: twin.url,
    fill: { ...fill, source, names: namesIn(objects, shipped) },
    pasts: at.density > 0 ? useKubernetes(twin, company, fill.credentials, at.density) : {},
    ...standing(twin),
  }
}

function make({ twin, at }: World, { plural, namespace, body }: ClusterObject): void {
  const { state } = twin
  const kept = put(state, resourceOf(plural), namespace, body, at.clock.nowMs())
  settleController({ state, nowMs: () => at.clock.nowMs() }, kept)
}

/** A token that lasts as long as its secret, as old clusters gave one to every program: beside the one that the twin makes. */
function hold({ twin, company }: World, { fill }: ClusterPlan, { namespace, account, secret }: TokenSecret): void {
  const hex = drawOf(company.seed, `kubernetes/${namespace}/${secret}`).hex(40)
  const value = `EXAMPLE.${hex}`
  const holder = findKept(twin, 'serviceaccounts', namespace, account)
  const { uid } = findKept(twin, 'secrets', namespace, secret)
  twin.state.tokens.set(value, {
    id: hex,
    namespace,
    account,
    accountUid: holder.uid,
    bound: { kind: 'Secret', name: secret, uid },
    untilMs: null,
  })
  fill.credentials.push({
    id: `kubernetes/token/${namespace}/${secret}`,
    vendor: 'kubernetes',
    kind: 'service-token',
    native: `${namespace}/${secret}`,
    value,
    with: {},
    owner: `${namespace}/${account}`,
    createdMs: company.yearMs,
    lastUsedMs: company.nowMs - dayMs,
    lies: [],
  })
}

function findKept({ state }: KubernetesTwin, plural: string, namespace: string, name: string): Kept {
  const found = findNamed(state, plural, namespace, name)
  if (found === undefined) throw new Error(`the twin has no ${plural} ${namespace}/${name}`)
  return found
}

function ownToken({ twin, company }: World, use: CordonUse): string {
  const [namespace = '', name = ''] = cordonAccount(use).split('/')
  const id = drawOf(company.seed, `kubernetes/${name}`).hex(40)
  const value = `EXAMPLE.${id}`
  twin.state.tokens.set(value, {
    id,
    namespace,
    account: name,
    accountUid: findKept(twin, 'serviceaccounts', namespace, name).uid,
    bound: null,
    untilMs: company.nowMs + 365 * dayMs,
  })
  return value
}
