import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { silentDiagnose } from '#kit'
import { anthropicConnector } from '#connectors/anthropic'
import { entraConnector } from '#connectors/entra'
import { fleetConnector } from '#connectors/fleet'
import { githubConnector } from '#connectors/github'
import { googleConnector } from '#connectors/google'
import { huggingfaceConnector } from '#connectors/huggingface'
import { kubernetesConnector } from '#connectors/kubernetes'
import { litellmConnector } from '#connectors/litellm'
import { oktaConnector } from '#connectors/okta'
import { openaiConnector } from '#connectors/openai'
import { slackConnector } from '#connectors/slack'

import { foundCompany as anthropic } from './anthropic/company.ts'
import { openCordon as anthropicStages } from './anthropic/cordon.ts'
import { foundCompany as entra } from './entra/company.ts'
import { openCordon as entraStages } from './entra/cordon.ts'
import { foundCompany as fleet } from './fleet/company.ts'
import { openCordon as fleetStages } from './fleet/cordon.ts'
import { foundCompany as github } from './github/company.ts'
import { openCordon as githubStages } from './github/cordon.ts'
import { makeRig, SteppingClock } from './google/rig.ts'
import { foundCompany as huggingface } from './huggingface/company.ts'
import { openCordon as huggingfaceStages } from './huggingface/cordon.ts'
import { foundCompany as kubernetes } from './kubernetes/company.ts'
import { openCordon as kubernetesStages } from './kubernetes/cordon.ts'
import { openTwinCluster } from './kubernetes/twin-cluster.ts'
import { foundCompany as litellm } from './litellm/company.ts'
import { openCordon as litellmStages } from './litellm/cordon.ts'
import { foundCompany as okta } from './okta/company.ts'
import { openCordon as oktaStages } from './okta/cordon.ts'
import { foundCompany as openai } from './openai/company.ts'
import { openCordon as openaiStages } from './openai/cordon.ts'
import { refuseEach } from './refused.ts'
import { foundCompany as slack } from './slack/company.ts'
import { openCordon as slackStages } from './slack/cordon.ts'

/** A vendor that is tried: its lists, each refused once while the others are read. CrowdStrike's snapshots are of one list. */
type Trial = (t: TestContext) => Promise<string[]>
const trials: Record<string, Trial> = {
  async anthropic(t) {
    const company = await anthropic()
    t.after(() => company.twin.close())
    return refuseEach(anthropicConnector, anthropicStages(company).pullContext)
  },
  async entra(t) {
    const company = await entra()
    t.after(() => company.twin.close())
    return refuseEach(entraConnector, entraStages(company).pullContext)
  },
  async fleet(t) {
    const company = await fleet()
    t.after(() => company.twin.close())
    return refuseEach(fleetConnector, fleetStages(company).pullContext)
  },
  async github(t) {
    const company = await github()
    t.after(() => company.twin.close())
    return refuseEach(githubConnector, githubStages(company).pullContext)
  },
  async huggingface(t) {
    const company = await huggingface()
    t.after(() => company.twin.close())
    return refuseEach(huggingfaceConnector, huggingfaceStages(company).pullContext)
  },
  async litellm(t) {
    const company = await litellm()
    t.after(() => company.twin.close())
    return refuseEach(litellmConnector, litellmStages(company).pullContext)
  },
  async okta(t) {
    const company = await okta()
    t.after(() => company.twin.close())
    return refuseEach(oktaConnector, oktaStages(company).pullContext)
  },
  async openai(t) {
    const company = await openai()
    t.after(() => company.twin.close())
    return refuseEach(openaiConnector, openaiStages(company).pullContext)
  },
  async slack(t) {
    const company = await slack()
    t.after(() => company.twin.close())
    return refuseEach(slackConnector, slackStages(company).pullContext, {
      status: 200,
      body: { ok: false, error: 'missing_scope' },
    })
  },
  async google(t) {
    const rig = await makeRig(new SteppingClock())
    t.after(() => rig.twin.close())
    return refuseEach(googleConnector, () => ({
      config: rig.config,
      see: { key: rig.accounts.see.keyFile },
      http: rig.httpFor('see'),
      clock: rig.clock,
      signal: AbortSignal.timeout(60_000),
      diagnose: silentDiagnose,
    }))
  },
  async kubernetes(t) {
    const cluster = await openTwinCluster()
    t.after(() => cluster.close())
    return refuseEach(kubernetesConnector, kubernetesStages(await kubernetes(cluster)).pullContext)
  },
}

for (const [vendor, trial] of Object.entries(trials)) {
  test(`${vendor}: one list that may not be read is named, and takes no other with it`, async (t) => {
    assert.ok((await trial(t)).length >= 2)
  })
}
