import type { Framework } from '../types.ts'
import { about, house, posture } from './evidence.ts'

/** Annex A of ISO/IEC 27001:2022; its numbers are those of ISO/IEC 27002:2022. */
export const iso27001: Framework = {
  id: 'iso27001',
  title: 'ISO/IEC 27001, Annex A',
  edition: '2022',
  controls: [
    {
      id: '5.9',
      asks: 'assets and their owners are known',
      evidence: [...posture('unowned-app'), ...house('sources-read')],
    },
    { id: '5.15', asks: 'access is governed by rules', evidence: [...about.leastRight, ...about.outside] },
    {
      id: '5.16',
      asks: 'identities are managed from beginning to end',
      evidence: [...posture('dormant-identity'), ...about.leaving],
    },
    { id: '5.17', asks: 'secrets for signing in are managed', evidence: about.secrets },
    {
      id: '5.18',
      asks: 'rights are given, reviewed and taken away',
      evidence: [...about.leastRight, ...about.leaving],
    },
    { id: '5.19', asks: 'risks of suppliers are managed', evidence: [...about.apps, ...about.suppliers] },
    { id: '5.21', asks: 'risks of the software supply chain are managed', evidence: about.pipelines },
    { id: '5.23', asks: 'cloud services are used under control', evidence: [...about.apps, ...house('sources-read')] },
    { id: '5.24', asks: 'responses to incidents are prepared', evidence: house('two-approvers', 'response-ready') },
    { id: '5.25', asks: 'events are judged', evidence: house('detection-live') },
    { id: '5.26', asks: 'incidents are responded to', evidence: about.response },
    { id: '5.28', asks: 'evidence is collected and kept', evidence: [...about.record, ...house('events-kept')] },
    { id: '6.5', asks: 'duties after somebody leaves are seen to', evidence: about.leaving },
    {
      id: '8.2',
      asks: 'privileged rights are few and managed',
      evidence: [...about.factors, ...posture('wildcard-role', 'human-size-rights', 'guest-owner')],
    },
    {
      id: '8.3',
      asks: 'access to information is restricted',
      evidence: [...about.leastRight, ...posture('toxic-combination')],
    },
    {
      id: '8.4',
      asks: 'access to source code is managed',
      evidence: posture('outside-collaborator', 'writable-deploy-key', 'secret-in-repository'),
    },
    { id: '8.5', asks: 'signing in is secure', evidence: about.factors },
    {
      id: '8.15',
      asks: 'logs are made, kept and protected',
      evidence: [...house('sources-read', 'events-kept'), ...about.record],
    },
    { id: '8.16', asks: 'what is out of the ordinary is watched for', evidence: about.watching },
  ],
}
