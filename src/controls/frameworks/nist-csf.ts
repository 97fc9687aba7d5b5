import type { Framework } from '../types.ts'
import { about, house, posture } from './evidence.ts'

/** Subcategories of the Cybersecurity Framework 2.0 (NIST CSWP 29, February 2024). */
export const nistCsf: Framework = {
  id: 'nist-csf',
  title: 'NIST Cybersecurity Framework',
  edition: '2.0',
  controls: [
    {
      id: 'GV.SC-07',
      asks: 'risks of a supplier are known and followed over time',
      evidence: [...about.apps, ...about.suppliers],
    },
    { id: 'ID.AM-07', asks: 'data of the kinds that matter are inventoried', evidence: house('sources-read') },
    {
      id: 'PR.AA-01',
      asks: 'identities and credentials are managed',
      evidence: [...about.secrets, ...about.leaving, ...posture('dormant-identity')],
    },
    { id: 'PR.AA-03', asks: 'users and services are authenticated', evidence: about.factors },
    {
      id: 'PR.AA-05',
      asks: 'rights are least, separated, and reviewed',
      evidence: [...about.leastRight, ...about.outside, ...house('two-approvers')],
    },
    { id: 'PR.PS-04', asks: 'log records are made for watching', evidence: house('sources-read', 'events-kept') },
    { id: 'DE.CM-03', asks: 'what people do is watched', evidence: about.watching },
    {
      id: 'DE.CM-06',
      asks: 'what providers outside do is watched',
      evidence: [...about.apps, ...house('sources-read')],
    },
    { id: 'DE.CM-09', asks: 'software and what runs is watched', evidence: [...about.pipelines, ...about.watching] },
    { id: 'DE.AE-03', asks: 'events of several sources are correlated', evidence: about.watching },
    { id: 'RS.MA-01', asks: 'the response is carried out once an incident is declared', evidence: about.response },
    { id: 'RS.AN-06', asks: 'what is done is recorded, and the record is whole', evidence: about.record },
    { id: 'RS.MI-01', asks: 'incidents are contained', evidence: house('incidents-contained') },
  ],
}
