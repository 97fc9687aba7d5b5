import { entityId } from '#model'
import type { Http } from '#kit'
import { kubernetesHolder } from '#connectors/kubernetes'

import { heldOf, type Held } from '../aws/company.ts'
import { foundShop } from '../aws/shop.ts'
import { openIssuer } from '../hand-over.ts'
import { core, textAt } from './cluster.ts'
import { foundCompany, must } from './company.ts'
import { openCordon } from './cordon.ts'
import { openTwinCluster } from './twin-cluster.ts'

// A leaked AWS key that pods read from a secret of their cluster: issued there, written here.
export const keys = { id: 'AWS_ACCESS_KEY_ID', secret: 'AWS_SECRET_ACCESS_KEY' }
export const path = core('shop', 'secrets', 'aws')

export async function openBoth({ takesOver = true, rereadSeconds = 90 } = {}) {
  const aws = await foundShop()
  const cluster = await openTwinCluster()
  const encoded = (text: string): string => Buffer.from(text).toString('base64')
  const place = { secret: 'shop/aws', values: { [keys.id]: 'id', [keys.secret]: 'secret' }, rereadSeconds, takesOver }
  const company = await foundCompany(cluster, { places: [place] })
  const leaked = heldOf(aws.ciKey)
  const data = { [keys.id]: encoded(leaked.accessKeyId), [keys.secret]: encoded(leaked.secretAccessKey), zone: 'YQ==' }
  const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'aws' }, type: 'Opaque', data }
  await must(cluster.admin, 'POST', core('shop', 'secrets'), body)
  const target = entityId('resource', company.authority, 'secret/shop/aws')
  const { config, side: awsSide, handOver, lending, plan } = openIssuer(aws, target)
  const clusterSide = openCordon(company)
  /** `at`: the cluster, as it answers this try. */
  const context = (at?: Http, issuing?: Http) => {
    const over = at === undefined ? {} : { http: clusterSide.httpFor('contain', at) }
    return lending(kubernetesHolder, clusterSide.context(over), issuing)
  }
  const read = async (): Promise<Held & { zone: string }> => {
    const secret = await must(cluster.admin, 'GET', path)
    const plain = (key: string): string => Buffer.from(textAt(secret, 'data', key), 'base64').toString('utf8')
    return { accessKeyId: plain(keys.id), secretAccessKey: plain(keys.secret), zone: plain('zone') }
  }
  const close = async (): Promise<void> => {
    clusterSide.close()
    await Promise.all([aws.close(), cluster.close()])
  }
  return {
    aws,
    cluster,
    company,
    leaked,
    config,
    target,
    awsSide,
    clusterSide,
    context,
    read,
    close,
    handOver,
    plan,
    rereadSeconds,
  }
}
