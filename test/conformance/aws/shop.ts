import { signV4 } from '#kit'
import { entityId, type EntityId } from '#model'
import { awsActions, awsConnector, awsHolder, type AwsConfig } from '#connectors/aws'
import { plannedPlaces, type ActionContext } from '#respond/contract'

import { account, foundCompany, heldOf, openCordon, tried, type Held } from './company.ts'

export const rereadSeconds = 30
export const region = 'us-east-1'
export const allow = (actions: string[], resource = '*') =>
  JSON.stringify({ Statement: [{ Effect: 'Allow', Action: actions, Resource: resource }] })

/** The company has a shop that works with the key of `ci`, reads it from a secret, and knows nothing of Cordon. */
export async function foundShop() {
  const company = await foundCompany()
  const { state, clock, ci, ciKey, contain } = company
  const now = clock.nowMs()
  const standby = state.addUser('ci-standby', now)
  for (const user of [ci, standby]) user.inline.set(new Map([['ci', allow(['iam:ListUsers'])]]), 0)
  contain.inline.set(new Map([['contain', allow(['iam:*', 'secretsmanager:*'])]]), 0)
  const secret = state.addSecret('prod/ci', now, pairText(heldOf(ciKey)))
  const shop = state.addUser('shop', now)
  shop.inline.set(new Map([['shop', allow(['secretsmanager:GetSecretValue'], secret.arn)]]), 0)
  const shopKey = heldOf(state.addKey(shop, now))
  const config = awsConnector.config.parse({
    ...company.config,
    successors: [{ user: 'ci', standby: standby.arn, secret: secret.arn, rereadSeconds }],
  })
  const place: EntityId = entityId('resource', account, secret.arn)
  return { ...company, config, standby, secret, shopKey, place }
}
export type Shop = Awaited<ReturnType<typeof foundShop>>

/** Cordon beside the shop: key and secret lie in one source, which is lent as both. */
export function openShopCordon(shop: Shop) {
  const stages = openCordon(shop)
  return {
    ...stages,
    context(over: Partial<ActionContext<AwsConfig>> = {}): ActionContext<AwsConfig> {
      const context = stages.context(over)
      return { ...context, place: { holder: awsHolder, context } }
    },
  }
}
/** As a plan is given it. */
export const sourceOf = ({ config }: Shop) => ({
  connector: awsConnector,
  actions: awsActions,
  authority: account,
  places: plannedPlaces(awsHolder, config, account),
})
const pairText = ({ accessKeyId, secretAccessKey }: Held): string =>
  JSON.stringify({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })

async function askSecret({ twin, clock }: Pick<Shop, 'twin' | 'clock'>, held: Held, arn: string): Promise<Response> {
  const url = new URL(twin.url)
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' }
  const body = JSON.stringify({ SecretId: arn })
  const scope = { service: 'secretsmanager', region }
  const signed = signV4({ url, method: 'POST', headers, body }, held, scope, clock.nowMs())
  return fetch(url, { method: 'POST', headers: { ...headers, ...signed }, body })
}
export const readsSecret = async (company: Pick<Shop, 'twin' | 'clock'>, held: Held, arn: string): Promise<boolean> =>
  (await askSecret(company, held, arn)).status === 200

/** What the shop reads now, as the shop. */
export async function readPair(shop: Shop): Promise<Held> {
  const { SecretString } = JSON.parse(await (await askSecret(shop, shop.shopKey, shop.secret.arn)).text())
  const pair = JSON.parse(SecretString)
  return { accessKeyId: pair.AWS_ACCESS_KEY_ID, secretAccessKey: pair.AWS_SECRET_ACCESS_KEY }
}
export const worksInShop = async (shop: Shop): Promise<string> => tried(shop, await readPair(shop))
