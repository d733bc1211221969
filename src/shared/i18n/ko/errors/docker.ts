import type { ErrorTexts } from '../../texts'

export const docker = {
  'docker.socket-path': {
    what: 'Docker 소켓 경로 {path}의 길이가 {bytes}바이트입니다. 소켓 주소에는 {limit}바이트까지만 들어갑니다.',
    todo: 'BERTH_HOME을 더 짧게 정해 Berth를 시작하세요.',
  },
  'docker.socket-failed': {
    what: 'Docker 소켓 {path}을(를) 열 수 없습니다: {reason}.',
    todo: '그 자리에 있는 것을 지우고 Berth를 다시 시작하세요.',
  },
  'docker.machine-starting': {
    what: 'Berth 머신이 아직 시작하는 중입니다.',
    todo: '잠시 뒤 다시 시도하세요. 진행 상황은 Berth에 표시됩니다.',
  },
  'docker.machine-failed': {
    what: 'Berth 머신을 시작하지 못했습니다: {reason}',
    todo: 'Berth를 열어 머신을 다시 시작하세요.',
  },
  'docker.body-too-large': {
    what: '요청 본문이 {limit}바이트보다 큽니다.',
    todo: '더 작은 본문을 보내세요.',
  },
  'docker.upgrade-body': {
    what: '연결을 넘겨받는 요청의 본문을 읽을 수 없습니다.',
    todo: 'Content-Length를 넣거나, 다른 인코딩 없이 청크로 보내세요.',
  },
  'docker.config-broken': {
    what: '{file}에 있는 docker CLI 설정을 해석할 수 없습니다.',
    todo: '파일을 고치거나 지우세요. Berth는 이 파일을 건드리지 않았습니다.',
  },
  'docker.config-unwritable': {
    what: '{file}에 있는 docker CLI 설정을 바꿀 수 없습니다: {reason}.',
    todo: '파일에 쓰기 권한을 주고 다시 시도하세요.',
  },
  'docker.context-foreign': {
    what: '이 Berth가 만들지 않은 docker 컨텍스트 “{name}”이(가) 이미 있습니다({file}).',
    todo: '`docker context`로 이름을 바꾸거나 지우거나, 대신 DOCKER_HOST 줄을 쓰세요.',
  },
} satisfies Partial<ErrorTexts>
