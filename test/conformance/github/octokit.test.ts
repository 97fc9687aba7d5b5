import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/core'

import { inCompany, sshKey } from './company.ts'

/** GitHub's own client holds the twin to GitHub's ways: it signs in as an app, and reads what it asked for by its types. */
test("GitHub's own client signs in as an app and reads the organisation", () =>
  inCompany(
    async ({ twin, config, keys, root, ada, engineers }) => {
      const { app } = config
      const octokit = new Octokit({
        baseUrl: twin.url,
        authStrategy: createAppAuth,
        auth: { appId: app.id, privateKey: keys.see, installationId: app.installation },
      })
      const { data: org } = await octokit.request('GET /orgs/{org}', { org: 'brightwater' })
      assert.deepEqual([org.id, org.plan?.name], [77, 'enterprise'])
      const owners = await octokit.request('GET /orgs/{org}/members', {
        org: 'brightwater',
        role: 'admin',
        per_page: 1,
      })
      assert.deepEqual(
        owners.data.map(({ id }) => id),
        [root.id],
      )
      assert.match(owners.headers.link ?? '', /page=2>; rel="next"/)
      const members = await octokit.request('GET /orgs/{org}/teams/{team_slug}/members', {
        org: 'brightwater',
        team_slug: engineers.slug,
      })
      assert.ok(members.data.some(({ login }) => login === ada.login))
      const { data: installed } = await octokit.request('GET /orgs/{org}/installations', { org: 'brightwater' })
      assert.equal(installed.total_count, 3)
      await assert.rejects(
        octokit.request('DELETE /orgs/{org}/memberships/{username}', { org: 'brightwater', username: 'ada' }),
        {
          name: 'HttpError',
          status: 403,
        },
      )
    },
    {},
    // The client knows no clock but the machine's.
    Date.now(),
  ))

test("GitHub's own client adds a deploy key with a token, until the token is revoked", () =>
  inCompany(async ({ twin, clock, classic }) => {
    const octokit = new Octokit({ baseUrl: twin.url, auth: classic.value })
    const place = { owner: 'brightwater', repo: 'payroll' }
    const made = await octokit.request('POST /repos/{owner}/{repo}/keys', { ...place, title: 'box', key: sshKey() })
    const { data: keys } = await octokit.request('GET /repos/{owner}/{repo}/keys', place)
    assert.deepEqual(
      keys.map(({ id }) => id),
      [made.data.id],
    )
    await new Octokit({ baseUrl: twin.url }).request('POST /credentials/revoke', { credentials: [classic.value] })
    clock.pass(5_000)
    await assert.rejects(octokit.request('GET /user'), { name: 'HttpError', status: 401 })
  }))
