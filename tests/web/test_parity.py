"""Whatever the console changes, the API changes as well."""

from __future__ import annotations

from flask import Flask

#: What users do about themselves: whoever calls the API is a key.
OWN = {"account.end_browser", "account.set_password", "account.choose_tenant",
       "sign_ins.sign_in", "sign_ins.follow", "sign_ins.sign_out"}  # fmt: skip
#: What else does what a form of the console does.
COUNTERPARTS = {
    "keys.create": "POST /keys",
    "keys.revoke": "DELETE /keys/{key_id}",
    "keys.rotate": "POST /keys/{key_id}/rotate",
    "marketplaces.create": "POST /tenants",
    "pools.create": "POST /pools",
    "pools.change": "PATCH /pools/{pool_id}",
    "pools.delete": "DELETE /pools/{pool_id}",
    "pools.put_member": "PUT /pools/{pool_id}/members/{annotator_id}",
    "pools.remove_member": "DELETE /pools/{pool_id}/members/{annotator_id}",
    "actions.undo": "POST /actions/{action_id}/undo",
    "actions.rule": "POST /appeals/{appeal_id}/ruling",
    "agreement.survey": "POST /projects/{project_id}/surveys",
    "annotators.act_on_one": "POST /projects/{project_id}/actions",
    "annotators.act": "POST /projects/{project_id}/bulk-acts",
    "disputes.claim": "PUT /disputes/{dispute_id}/claim",
    "disputes.release": "DELETE /disputes/{dispute_id}/claim",
    "disputes.claim_next": "POST /projects/{project_id}/disputes/next",
    "disputes.rule": "POST /disputes/{dispute_id}/rulings",
    "disputes.undo": "POST /rulings/{ruling_id}/undo",
    "exports.start": "POST /projects/{project_id}/exports",
    "gold.put": "PUT /tasks/{task_id}/gold",
    "gold.take": "POST /projects/{project_id}/gold",
    "gold.dismiss": "DELETE /projects/{project_id}/gold/candidates/{task_id}",
    "gold.retire": "POST /projects/{project_id}/gold/retirements",
    "guidelines.add": "POST /projects/{project_id}/guidelines",
    "guidelines.put_in_force": "PATCH /projects/{project_id}",
    "imports.upload": "POST /projects/{project_id}/imports",
    "imports.start": "POST /operations/{operation_id}/start",
    "imports.cancel": "DELETE /operations/{operation_id}",
    "imports.samples": "POST /projects/{project_id}/samples",
    "settings.change": "PATCH /projects/{project_id}",
    "settings.move": "PATCH /projects/{project_id}",
    "settings.admit": "PUT /projects/{project_id}/marketplaces/{marketplace_id}",
    "project_templates.create": "POST /projects",
    "quality_reports.start": "POST /projects/{project_id}/quality-reports",
    "rehearsals.start": "POST /projects/{project_id}/rehearsals",
    "rehearsals.answer": "POST /rehearsals/{rehearsal_id}/answers",
    "rules.create": "POST /projects/{project_id}/rules",
    "rules.dry_run": "POST /projects/{project_id}/rules/dry-run",
    "rules.retire": "DELETE /rules/{rule_id}",
    "system.retry": "POST /system/failures/{failure_id}/retry",
    "users.invite": "POST /users",
    "users.change": "PATCH /users/{user_id}",
    "users.remove": "DELETE /users/{user_id}",
    "users.make_link": "POST /users/{user_id}/link",
    "webhooks.create": "POST /webhooks",
    "webhooks.change": "PATCH /webhooks/{webhook_id}",
    "webhooks.delete": "DELETE /webhooks/{webhook_id}",
    "webhooks.test": "POST /webhooks/{webhook_id}/test",
    "webhooks.rotate_secret": "POST /webhooks/{webhook_id}/rotate-secret",
    "webhooks.replay": "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    "webhooks.replay_dead": "POST /webhooks/{webhook_id}/replay",
    "what_if.ask": "POST /projects/{project_id}/what-ifs",
}


def test_every_form_of_the_console_has_its_route_in_the_api(app: Flask) -> None:
    forms, routes = set(), set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console.") and "POST" in (rule.methods or ()):
            forms.add(rule.endpoint.removeprefix("console."))
        elif rule.rule.startswith("/api/v1"):
            path = rule.rule.removeprefix("/api/v1").replace("<uuid:", "{").replace("<", "{")
            routes |= {f"{method} {path.replace('>', '}')}" for method in rule.methods or ()}

    assert forms - OWN == COUNTERPARTS.keys()
    assert set(COUNTERPARTS.values()) <= routes
