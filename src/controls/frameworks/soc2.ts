import type { Framework } from '../types.ts'
import { about, house, posture } from './evidence.ts'

/** AICPA Trust Services Criteria (TSP section 100), the numbers of 2017 with the points of focus of 2022. */
export const soc2: Framework = {
  id: 'soc2',
  title: 'SOC 2, common criteria',
  edition: 'TSP 100, 2017 (points of focus 2022)',
  controls: [
    {
      id: 'CC6.1',
      asks: 'access to what must be protected is limited by its architecture',
      evidence: [...about.factors, ...about.secrets],
    },
    { id: 'CC6.2', asks: 'people are let in when authorised, and out when no longer', evidence: about.leaving },
    {
      id: 'CC6.3',
      asks: 'rights follow roles, least privilege and separation of duties',
      evidence: [...about.leastRight, ...house('two-approvers')],
    },
    { id: 'CC6.6', asks: 'what comes from outside the boundary is held off', evidence: about.outside },
    { id: 'CC6.7', asks: 'information moves only where it may', evidence: [...about.outside, ...about.apps] },
    {
      id: 'CC6.8',
      asks: 'unauthorised software is kept out or found',
      evidence: [...about.pipelines, ...about.watching],
    },
    {
      id: 'CC7.1',
      asks: 'weaknesses and changes that make some are found',
      evidence: [...house('sources-read'), ...about.pipelines],
    },
    { id: 'CC7.2', asks: 'systems are watched for what is out of the ordinary', evidence: about.watching },
    {
      id: 'CC7.3',
      asks: 'events are judged, and incidents told from noise',
      evidence: house('detection-live', 'incidents-contained'),
    },
    {
      id: 'CC7.4',
      asks: 'incidents are contained, and the response is on record',
      evidence: [...about.response, ...about.record],
    },
    {
      id: 'CC8.1',
      asks: 'changes are authorised before they run',
      evidence: posture('unpinned-workflow', 'writable-deploy-key'),
    },
    { id: 'CC9.2', asks: 'risks of vendors and partners are managed', evidence: [...about.apps, ...about.suppliers] },
    {
      id: 'C1.1',
      asks: 'confidential information is known and kept',
      evidence: [...about.outside, ...house('sources-read')],
    },
  ],
}
