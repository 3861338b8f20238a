"""Who gets what: the expected status of every route, for each way of standing towards Mei.

A line is an endpoint, what stands in its address, and a status for each of `world.ROLES`. An
endpoint that changes something has a form in `FORMS`. `test_matrix.py` fails for a route that
has no line here.
"""

TABLE = """
# Looking                     | what                                | nob str own men pee unm fel lea adm els
accounts.account            |                                     | 302 200 200 200 200 200 200 200 200 200
accounts.enter_code         |                                     | 200 200 200 200 200 200 200 200 200 200
accounts.first_run          |                                     | 404 404 404 404 404 404 404 404 404 404
accounts.join               | code                                | 200 200 200 200 200 200 200 200 200 200
accounts.join               | mei                                 | 404 404 404 404 404 404 404 404 404 404
accounts.new_password       | mei                                 | 302 404 404 404 404 404 404 404 200 404
accounts.people             |                                     | 302 404 404 404 404 404 404 404 200 404
accounts.sign_in            |                                     | 200 302 302 302 302 302 302 302 302 302
diary.changes               | entry for the mentor, 1             | 302 404 200 200 404 404 404 404 404 404
diary.changes               | entry for the mentor, 1, 2          | 302 404 200 200 404 404 404 404 404 404
diary.changes               | entry for the cohort, 1             | 302 404 200 200 200 200 200 200 404 404
diary.changes               | private entry, 1                    | 302 404 200 404 404 404 404 404 404 404
diary.deleted               |                                     | 302 200 200 200 200 200 200 200 200 200
diary.edit                  | entry for the mentor                | 302 404 200 404 404 404 404 404 404 404
diary.edit                  | draft                               | 302 404 200 404 404 404 404 404 404 404
diary.edit                  | deleted entry                       | 302 404 404 404 404 404 404 404 404 404
diary.entry                 | entry for the mentor                | 302 404 200 200 404 404 404 404 404 404
diary.entry                 | entry for the peer mentor           | 302 404 200 404 200 404 404 404 404 404
diary.entry                 | entry for the faculty               | 302 404 200 404 404 404 404 200 404 404
diary.entry                 | entry for the cohort                | 302 404 200 200 200 200 200 200 404 404
diary.entry                 | private entry                       | 302 404 200 404 404 404 404 404 404 404
diary.entry                 | draft                               | 302 404 200 404 404 404 404 404 404 404
diary.entry                 | deleted entry                       | 302 404 404 404 404 404 404 404 404 404
diary.history               | entry for the mentor                | 302 404 200 404 404 404 404 404 404 404
diary.history               | private entry                       | 302 404 200 404 404 404 404 404 404 404
diary.version               | entry for the mentor, 1             | 302 404 200 200 404 404 404 404 404 404
diary.version               | entry for the cohort, 1             | 302 404 200 200 200 200 200 200 404 404
diary.version               | private entry, 1                    | 302 404 200 404 404 404 404 404 404 404
diary.photograph            | photograph of entry for the mentor  | 302 404 200 200 404 404 404 404 404 404
diary.photograph            | photograph of entry for the faculty | 302 404 200 404 404 404 404 200 404 404
diary.photograph            | photograph of entry for the cohort  | 302 404 200 200 200 200 200 200 404 404
diary.photograph            | photograph of private entry         | 302 404 200 404 404 404 404 404 404 404
diary.photograph            | photograph of draft                 | 302 404 200 404 404 404 404 404 404 404
diary.photograph            | photograph of deleted entry         | 302 404 404 404 404 404 404 404 404 404
diary.timeline              |                                     | 302 200 200 200 200 200 200 200 200 200
diary.write                 |                                     | 302 200 200 200 200 200 200 200 200 200
favicon                     |                                     | 200 200 200 200 200 200 200 200 200 200
feedback.community          |                                     | 302 404 200 200 200 200 200 200 404 404
feedback.person             | mei                                 | 302 404 404 200 200 200 200 200 404 404
feedback.person             | lin                                 | 302 404 404 404 404 404 404 404 404 404
feedback.queue              |                                     | 302 200 200 200 200 200 200 200 200 200
portfolios.all_documents      |                                     | 302 200 200 200 200 200 200 200 200 200
portfolios.attainment       | attainment                          | 302 404 200 404 404 404 404 404 404 404
portfolios.attainments      |                                     | 302 200 200 200 200 200 200 200 200 200
portfolios.bring_in         |                                     | 302 200 200 200 200 200 200 200 200 200
portfolios.cohort_editions    | cohort                              | 302 404 404 404 404 404 404 200 404 404
portfolios.download_edition | edition                             | 302 404 200 404 404 404 404 404 404 404
portfolios.download_result  | done job                            | 302 404 200 404 404 404 404 404 404 404
portfolios.download_result  | waiting job                         | 302 404 404 404 404 404 404 404 404 404
portfolios.download_submitted | submission                          | 302 404 404 404 404 404 404 200 404 404
portfolios.edition            | edition                             | 302 404 200 404 404 404 404 404 404 404
portfolios.keep             |                                     | 302 200 200 200 200 200 200 200 200 200
portfolios.narrative        |                                     | 302 200 200 200 200 200 200 200 200 200
portfolios.new_attainment   |                                     | 302 404 200 200 200 200 200 200 404 404
portfolios.presets          |                                     | 302 200 200 200 200 200 200 200 200 200
portfolios.progress         | waiting job                         | 302 404 200 404 404 404 404 404 404 404
portfolios.progress         | done job                            | 302 404 200 404 404 404 404 404 404 404
programme.cohort            | cohort                              | 302 404 404 404 404 404 404 200 404 404
programme.edit              | programme                           | 302 404 404 404 404 404 404 200 404 404
programme.index             |                                     | 302 404 404 404 404 404 404 200 404 200
programme.meeting           | meeting                             | 302 404 404 404 404 404 404 200 404 404
programme.member            | cohort, member mei                  | 302 404 404 404 404 404 404 200 404 404
programme.mentors           |                                     | 302 200 200 200 200 200 200 200 200 200
programme.new               |                                     | 302 404 404 404 404 404 404 200 404 200
programme.new_cohort        | programme                           | 302 404 404 404 404 404 404 200 404 404
programme.period            | cohort, member mei, Intern, 1       | 302 404 404 404 404 404 404 200 404 404
programme.prompt            | prompt of Dr Lin                    | 302 404 404 200 404 404 404 200 404 404
programme.prompts           |                                     | 302 404 404 200 404 200 404 200 404 404
shared.download               | token                               | 200 200 200 200 200 200 200 200 200 200
shared.download               | locked token                        | 302 302 302 302 302 302 302 302 302 302
shared.download               | ended token                         | 404 404 404 404 404 404 404 404 404 404
shared.download               | site token                          | 404 404 404 404 404 404 404 404 404 404
shared.edition                | token                               | 200 200 200 200 200 200 200 200 200 200
shared.edition                | locked token                        | 200 200 200 200 200 200 200 200 200 200
shared.edition                | ended token                         | 404 404 404 404 404 404 404 404 404 404
shared.open_site              | site token                          | 302 302 302 302 302 302 302 302 302 302
shared.open_site              | token                               | 404 404 404 404 404 404 404 404 404 404
shared.read                   | token                               | 200 200 200 200 200 200 200 200 200 200
shared.read                   | locked token                        | 302 302 302 302 302 302 302 302 302 302
shared.read                   | ended token                         | 404 404 404 404 404 404 404 404 404 404
shared.site                   | site token, index.html              | 200 200 200 200 200 200 200 200 200 200
shared.site                   | token, index.html                   | 404 404 404 404 404 404 404 404 404 404
shell.home                  |                                     | 302 302 302 302 302 302 302 302 302 302
static                      | version, css/app.css                | 200 200 200 200 200 200 200 200 200 200

# Doing                      | with                               | nob str own men pee unm fel lea adm els
accounts.add_person          |                                    | 401 404 404 404 404 404 404 404 200 404
accounts.change_details      |                                    | 401 302 302 302 302 302 302 302 302 302
accounts.change_password     |                                    | 401 302 302 302 302 302 302 302 302 302
accounts.disable             | mei                                | 401 404 404 404 404 404 404 404 302 404
accounts.enable              | mei                                | 401 404 404 404 404 404 404 404 302 404
accounts.end_session         | session                            | 401 404 302 404 404 404 404 404 404 404
accounts.enter_code_now      |                                    | 302 302 302 302 302 302 302 302 302 302
accounts.first_run_now       |                                    | 404 404 404 404 404 404 404 404 404 404
accounts.give_password       | mei                                | 401 404 404 404 404 404 404 404 200 404
accounts.join_now            | code                               | 302 302 302 302 302 302 302 302 302 302
accounts.sign_in_now         |                                    | 302 302 302 302 302 302 302 302 302 302
accounts.sign_out            |                                    | 302 302 302 302 302 302 302 302 302 302
diary.add_photographs        | entry for the mentor               | 401 404 302 404 404 404 404 404 404 404
diary.add_photographs        | entry for the cohort               | 401 404 302 404 404 404 404 404 404 404
diary.delete                 | entry for the mentor               | 401 404 302 404 404 404 404 404 404 404
diary.delete                 | entry for the cohort               | 401 404 302 404 404 404 404 404 404 404
diary.edit_now               | entry for the mentor               | 401 404 302 404 404 404 404 404 404 404
diary.edit_now               | entry for the cohort               | 401 404 302 404 404 404 404 404 404 404
diary.preview                |                                    | 401 200 200 200 200 200 200 200 200 200
diary.remove_photograph      | photograph of entry for the mentor | 401 404 302 404 404 404 404 404 404 404
diary.remove_photograph      | photograph of entry for the cohort | 401 404 302 404 404 404 404 404 404 404
diary.restore                | deleted entry                      | 401 404 302 404 404 404 404 404 404 404
diary.set_readers            | entry for the mentor               | 401 404 302 404 404 404 404 404 404 404
diary.set_readers            | entry for the cohort               | 401 404 302 404 404 404 404 404 404 404
diary.set_readers            | private entry                      | 401 404 302 404 404 404 404 404 404 404
diary.set_threshold          | entry for the mentor               | 401 404 302 404 404 404 404 404 404 404
diary.set_threshold          | entry for the cohort               | 401 404 302 404 404 404 404 404 404 404
diary.write_now              |                                    | 401 302 302 302 302 302 302 302 302 302
feedback.accept_match        | proposed match                     | 401 404 404 404 404 302 404 404 404 404
feedback.accept_match        | match with Dr Lin                  | 401 404 404 409 404 404 404 404 404 404
feedback.comment             | entry for the mentor               | 401 404 302 302 404 404 404 404 404 404
feedback.comment             | entry for the peer mentor          | 401 404 302 404 302 404 404 404 404 404
feedback.comment             | entry for the faculty              | 401 404 302 404 404 404 404 302 404 404
feedback.comment             | entry for the cohort               | 401 404 302 302 302 302 302 302 404 404
feedback.comment             | private entry                      | 401 404 302 404 404 404 404 404 404 404
feedback.comment             | draft                              | 401 404 422 404 404 404 404 404 404 404
feedback.comment             | deleted entry                      | 401 404 404 404 404 404 404 404 404 404
feedback.decline_match       | proposed match                     | 401 404 404 404 404 302 404 404 404 404
feedback.make_site           | cohort                             | 401 404 302 302 302 302 302 302 404 404
feedback.mark_read           | entry for the mentor               | 401 404 302 302 404 404 404 404 404 404
feedback.mark_read           | entry for the cohort               | 401 404 302 302 302 302 302 302 404 404
feedback.mark_read           | private entry                      | 401 404 302 404 404 404 404 404 404 404
feedback.restore             | withdrawn comment                  | 401 404 404 302 404 404 404 404 404 404
feedback.unsend              | comment                            | 401 404 404 302 404 404 404 404 404 404
feedback.withdraw            | comment                            | 401 404 404 302 404 404 404 404 404 404
feedback.withdraw            | answer                             | 401 404 302 404 404 404 404 404 404 404
feedback.write_narrative     | mei                                | 401 404 404 302 302 404 404 404 404 404
portfolios.cancel            | waiting job                        | 401 404 302 404 404 404 404 404 404 404
portfolios.cancel            | done job                           | 401 404 302 404 404 404 404 404 404 404
portfolios.change_attainment | attainment                         | 401 404 302 404 404 404 404 404 404 404
portfolios.collect           | cohort                             | 401 404 404 404 404 404 404 302 404 404
portfolios.delete_preset     | preset                             | 401 404 302 404 404 404 404 404 404 404
portfolios.look_through      |                                    | 401 200 200 200 200 200 200 200 200 200
portfolios.make              |                                    | 401 422 302 422 422 422 422 422 422 422
portfolios.make_link         | edition                            | 401 404 200 404 404 404 404 404 404 404
portfolios.preview           |                                    | 401 200 200 200 200 200 200 200 200 200
portfolios.remove_attainment | attainment                         | 401 404 302 404 404 404 404 404 404 404
portfolios.remove_edition    | edition                            | 401 404 302 404 404 404 404 404 404 404
portfolios.remove_result     | done job                           | 401 404 302 404 404 404 404 404 404 404
portfolios.remove_result     | waiting job                        | 401 404 302 404 404 404 404 404 404 404
portfolios.rename_preset     | preset                             | 401 404 302 404 404 404 404 404 404 404
portfolios.revoke_link       | share link                         | 401 404 302 404 404 404 404 404 404 404
portfolios.submit            | review edition                     | 401 404 302 404 404 404 404 404 404 404
portfolios.take_in           |                                    | 401 422 302 422 422 422 422 422 422 422
portfolios.tell_attainment   |                                    | 401 404 302 302 302 302 302 302 404 404
portfolios.withdraw_submission| submission                         | 401 404 302 404 404 404 404 404 404 404
portfolios.write_narrative   |                                    | 401 302 302 302 302 302 302 302 302 302
programme.add_meeting        | cohort                             | 401 404 404 302 404 302 404 302 404 404
programme.add_member         | cohort                             | 401 404 404 404 404 404 404 302 404 404
programme.change             | programme                          | 401 404 404 404 404 404 404 302 404 404
programme.change_code        | cohort                             | 401 404 404 404 404 404 404 302 404 404
programme.change_meeting     | meeting                            | 401 404 404 404 404 404 404 302 404 404
programme.change_period      | cohort, member mei, Intern, 1      | 401 404 404 404 404 404 404 302 404 404
programme.change_prompt      | prompt of Dr Lin                   | 401 404 404 302 404 404 404 302 404 404
programme.end_match          | match with Dr Lin                  | 401 404 302 302 404 404 404 404 404 404
programme.end_match          | proposed match                     | 401 404 302 404 404 302 404 404 404 404
programme.end_role           | cohort, member mei                 | 401 404 404 404 404 404 404 302 404 404
programme.give_role          | cohort, member mei                 | 401 404 404 404 404 404 404 302 404 404
programme.make               |                                    | 401 404 404 404 404 404 404 302 404 302
programme.make_cohort        | programme                          | 401 404 404 404 404 404 404 302 404 404
programme.propose            |                                    | 401 404 302 404 302 404 302 404 404 404
programme.remove_meeting     | meeting                            | 401 404 404 404 404 404 404 302 404 404
programme.remove_period      | cohort, member mei, Intern, 1      | 401 404 404 404 404 404 404 302 404 404
programme.restore_prompt     | withdrawn prompt                   | 401 404 404 302 404 404 404 302 404 404
programme.set_period         | cohort, member mei                 | 401 404 404 404 404 404 404 302 404 404
programme.set_prompt         | cohort                             | 401 404 404 302 404 302 404 302 404 404
programme.withdraw_prompt    | prompt of Dr Lin                   | 401 404 404 302 404 404 404 302 404 404
shared.unlock                | locked token                       | 302 302 302 302 302 302 302 302 302 302
shared.unlock                | ended token                        | 404 404 404 404 404 404 404 404 404 404
shell.set_language           |                                    | 302 302 302 302 302 302 302 302 302 302
shell.set_theme              |                                    | 302 302 302 302 302 302 302 302 302 302
"""

STAGES = {
    "stage_id": ["{Medical student}", "{Intern}", "{Newly qualified doctor}"],
    "stage_name": ["Student", "Intern", "Doctor"],
    "stage_from": ["2020-09-01", "2021-07-01", "2022-07-01"],
    "stage_to": ["2021-06-30", "2022-06-30", ""],
    **{name: ["", "", ""] for name in ("stage_label", "stage_objectives", "stage_competencies")},
}

NEW_STAGES = {**STAGES, "stage_id": ["", "", ""]}

QUERIES = {"portfolios.new_attainment": "stage={Intern}"}

FORMS: dict[str, dict[str, str | list[str]]] = {
    "accounts.add_person": {"login": "newcomer", "name": "New", "account": "student", "language": "en"},
    "accounts.change_details": {"name": "Another Name", "language": "en"},
    "accounts.change_password": {"present": "{password}", "password": "a bell at the end of the night"},
    "accounts.disable": {},
    "accounts.enable": {},
    "accounts.end_session": {},
    "accounts.enter_code_now": {"code": "{code}"},
    "accounts.first_run_now": {"name": "X", "login": "first", "password": "a bell at the end of the night"},
    "accounts.give_password": {},
    "accounts.join_now": {"name": "X", "login": "newcomer", "password": "a bell at the end of the night"},
    "accounts.sign_in_now": {"login": "mei", "password": "{password}"},
    "accounts.sign_out": {},
    "diary.add_photographs": {"photographs": "file"},
    "diary.delete": {},
    "diary.edit_now": {
        "body": "Changed.",
        "entry_date": "2022-09-02",
        "stage": "date",
        "version": "{version}",
    },
    "diary.preview": {"body": "*So* it reads.", "entry": ""},
    "diary.remove_photograph": {},
    "diary.restore": {},
    "diary.set_readers": {"audiences": "cohort"},
    "diary.set_threshold": {"kinds": "being", "before": "a", "after": "b", "helped": "c"},
    "diary.write_now": {"body": "Written.", "entry_date": "2022-09-02", "stage": "date", "creation_key": "k"},
    "feedback.accept_match": {},
    "feedback.comment": {"body": "I read this.", "revision": "1"},
    "feedback.decline_match": {},
    "feedback.make_site": {},
    "feedback.mark_read": {"revision": "1"},
    "feedback.restore": {},
    "feedback.unsend": {},
    "feedback.withdraw": {},
    "feedback.write_narrative": {"body": "What I have seen grow."},
    "portfolios.cancel": {},
    "portfolios.collect": {},
    "portfolios.make_link": {"document": "book", "days": "30", "label": "An assessor", "passphrase": ""},
    "portfolios.delete_preset": {},
    "portfolios.rename_preset": {"preset": "Another name"},
    "portfolios.remove_edition": {},
    "portfolios.remove_result": {},
    "portfolios.revoke_link": {},
    "portfolios.submit": {"cohort": "{cohort}"},
    "portfolios.withdraw_submission": {},
    "shared.unlock": {"passphrase": "{password}"},
    "portfolios.change_attainment": {"competency": "Asks", "narrative": "I asked."},
    "portfolios.look_through": {"files": "file"},
    "portfolios.make": {"kind": "archive", "variant": "own"},
    "portfolios.preview": {"kind": "archive", "variant": "own"},
    "portfolios.remove_attainment": {},
    "portfolios.take_in": {"digest": "{upload}"},
    "portfolios.tell_attainment": {"stage": "{Intern}", "competency": "Asks", "narrative": "I asked."},
    "portfolios.write_narrative": {"body": "How it was."},
    "programme.add_meeting": {"title": "A walk", "held_on": "2022-09-20"},
    "programme.add_member": {"login": "noor", "role": "mentee", "starts_on": "2022-09-01"},
    "programme.change": {"name": "Renamed", "timezone": "UTC", "description": "", **STAGES},
    "programme.change_code": {"do": "new"},
    "programme.change_meeting": {"title": "A longer walk", "held_on": "2022-09-21"},
    "programme.change_period": {"starts_on": "2021-07-02", "ends_on": ""},
    "programme.change_prompt": {"text": "What went?", "starts_on": "2022-09-01", "ends_on": "", "stage": ""},
    "programme.end_match": {},
    "programme.end_role": {"role": "mentee"},
    "programme.give_role": {"role": "peer_mentor", "starts_on": "2022-09-01"},
    "programme.make": {"name": "Mine", "timezone": "UTC", "schedule": "person", **NEW_STAGES},
    "programme.make_cohort": {"name": "Class of 2022", "starts_on": "2022-09-01"},
    "programme.propose": {"cohort": "{cohort}", "member": "{member dr-osei}"},
    "programme.set_period": {
        "stage": "{Intern}",
        "starts_on": "2021-07-01",
        "ends_on": "",
        "pass_number": "1",
    },
    "programme.remove_meeting": {},
    "programme.remove_period": {},
    "programme.restore_prompt": {},
    "programme.withdraw_prompt": {},
    "programme.set_prompt": {"text": "What stayed?", "starts_on": "2022-09-01", "ends_on": "", "stage": ""},
    "shell.set_language": {"language": "zh"},
    "shell.set_theme": {"theme": "dark"},
}
