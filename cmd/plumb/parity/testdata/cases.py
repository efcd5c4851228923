"""Answers cases with what DiffSync does: one JSON object a line on stdin, one answer a line on stdout; case_test.go says what a case is."""

import json
import logging
import sys
from typing import Any, List

import structlog
from diffsync import Adapter, DiffSyncModel
from diffsync.enum import DiffSyncFlags, DiffSyncModelFlags
from diffsync.exceptions import ObjectNotDeleted

log = []


def note(_, __, event):
    """Keep what DiffSync says of each action of a sync."""
    if event.get("status") and event.get("action"):
        log.append([event["action"], event["model"], event["unique_id"], event["status"]])
    raise structlog.DropEvent


structlog.configure(processors=[note], wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))


def models(case, side):
    """The DiffSync classes of a case's kinds; fail and crash hold the unique ids whose delete raises."""
    fail, crash = case.get("fail") or [], case.get("crash") or []

    def delete(self):
        if self.get_unique_id() in fail:
            raise ObjectNotDeleted(f"{self} cannot be deleted")
        if self.get_unique_id() in crash:
            raise ValueError(f"{self} cannot be deleted")
        return self.delete_base()

    made = {}
    kinds = [k for k in case["kinds"] if k.get("only", side) == side]
    for kind in kinds:
        attrs = [a["name"] for a in kind["attrs"] or [] if a.get("only", side) == side]
        children = {c["name"]: c["name"] + "s" for c in kinds if kind["name"] in (c["parents"] or [])}
        space = {
            "__module__": __name__,
            "__annotations__": {"model_flags": DiffSyncModelFlags},
            "_modelname": kind["name"],
            "_identifiers": tuple(kind["ids"]),
            "_shortname": tuple(kind.get("short") or []),
            "_attributes": tuple(attrs),
            "_children": children,
            "model_flags": DiffSyncModelFlags(kind["flags"]),
        }
        for name in kind["ids"]:
            space["__annotations__"][name] = Any
        for name in attrs:
            space["__annotations__"][name] = Any
            space[name] = None
        for name in children.values():
            space["__annotations__"][name] = List[str]
            space[name] = []
        if fail or crash:
            space["delete"] = delete
        made[kind["name"]] = type(kind["name"].title(), (DiffSyncModel,), space)
    return made


def fill(adapter, made, rows, names):
    """Put rows into an adapter, parents before children."""
    for row in rows or []:
        obj = made[row["kind"]](**row["ids"], **(row["attrs"] or {}))
        if row["flags"] is not None:
            obj.model_flags = DiffSyncModelFlags(row["flags"])
        adapter.add(obj)
        names[row["key"]] = obj
        if row.get("parent"):
            names[row["parent"]].add_child(obj)


def side(case, which, made):
    top = case.get("top") or [k["name"] for k in case["kinds"] if k["name"] in made and not k["parents"]]
    adapter = type("Side", (Adapter,), {**made, "top_level": top})(name=case["names"][which])
    names = {}
    fill(adapter, made, case[which], names)
    for key, child in case.get("lists", {}).get(which, []):  # a list that names what it should not
        kind, uid = child
        getattr(names[key], kind + "s").append(uid)
    return adapter, names


def export(adapter):
    return adapter.dict(exclude_defaults=False)


def arrange(diff, made, rank):
    """Bring siblings into the order of the case's ranks."""
    for group, elements in diff.children.items():
        order = sorted(elements.items(), key=lambda e: rank[group, made[group].create_unique_id(**e[1].keys)])
        diff.children[group] = dict(order)
        for _, element in order:
            arrange(element.child_diff, made, rank)


def run(case):
    log.clear()
    made = {"source": models(case, "source")}
    one_sided = any(x.get("only") for k in case["kinds"] for x in [k, *(k["attrs"] or [])])
    made["target"] = models(case, "target") if one_sided else made["source"]
    (source, _), (target, names) = side(case, "source", made["source"]), side(case, "target", made["target"])
    answer = {"source": export(source), "target": export(target), "error": ""}
    try:
        flags = DiffSyncFlags(case["flags"])
        diff = target.diff_from(source, flags=flags)
        answer.update(summary=list(diff.summary().values()), elements=len(diff))
        if case.get("arrange"):
            rank = {}
            for row in sorted((case["source"] or []) + (case["target"] or []), key=lambda r: r["rank"]):
                rank.setdefault((row["kind"], made["source"][row["kind"]].create_unique_id(**row["ids"])), len(rank))
            arrange(diff, made["source"], rank)
        answer.update(dict=diff.dict(), str=diff.str())
        if case.get("sync"):
            fill(source, made["source"], case.get("later"), {})
            for key, attrs in (case.get("drift") or {}).items():
                for name, value in attrs.items():
                    setattr(names[key], name, value)
            target.sync_from(source, flags=flags, diff=diff)
    except Exception as error:  # what DiffSync raises is an answer too
        answer["error"] = f"{type(error).__name__}: {error}"
    answer.update(after=export(target), log=list(log))
    return answer


for line in sys.stdin:
    print(json.dumps(run(json.loads(line)), ensure_ascii=False, default=lambda flags: flags.value), flush=True)
