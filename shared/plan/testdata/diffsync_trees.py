import json, random, sys
from typing import List, Optional, Any
import logging, structlog
structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
from diffsync import Adapter, DiffSyncModel
from diffsync.enum import DiffSyncModelFlags, DiffSyncFlags
class Port(DiffSyncModel):
    _modelname="port"; _identifiers=("name",); _attributes=("x",)
    name:str; x:Optional[int]=None
class Device(DiffSyncModel):
    _modelname="device"; _identifiers=("name",); _attributes=("x",); _children={"port":"ports"}
    name:str; x:Optional[int]=None; ports:List[str]=[]
class Rack(DiffSyncModel):
    _modelname="rack"; _identifiers=("name",); _attributes=("x",); _children={"device":"devices"}
    name:str; x:Optional[int]=None; devices:List[str]=[]
CL={"rack":Rack,"device":Device,"port":Port}
class A(Adapter):
    rack=Rack; device=Device; port=Port; top_level=["rack"]
def tree(rnd, flags):
    recs=[]; up=None; 
    for kind,n in (("rack",4),("device",6),("port",8)):
        mine=[]
        for i in range(n):
            if rnd.random()<0.3: continue
            if up is not None and not up: continue
            f=0
            if flags and rnd.random()<0.15: f=rnd.choice([1,4,8,12])
            recs.append([kind,f"{kind[0]}{i}",rnd.choice(up) if up is not None else "",rnd.randint(0,1),f]); mine.append(recs[-1][1])
        up=mine
    return recs
def stable(rnd, recs, flags):
    # the other side: mostly the same
    out=[]; names={"rack":[],"device":[],"port":[]}
    for k,n,p,x,f in recs:
        if rnd.random()<0.2: continue
        up={"rack":None,"device":"rack","port":"device"}[k]
        if up and (p not in names[up] or rnd.random()<0.2):
            if not names[up]: continue
            p=rnd.choice(names[up])
        if rnd.random()<0.2: x=1-x
        if flags and rnd.random()<0.15: f=rnd.choice([0,1,4,8,12])
        out.append([k,n,p,x,f]); names[k].append(n)
    return out
def load(name, recs):
    a=A(name=name)
    par={"device":"rack","port":"device"}
    for k,n,p,x,f in recs:
        o=CL[k](name=n,x=x); o.model_flags=DiffSyncModelFlags(f); a.add(o)
        if p: a.get(par[k],p).add_child(o)
    return a
rnd=random.Random(7); out=[]
for i in range(160):
    flags=i%4>=2; s=tree(rnd,flags); t=stable(rnd,s,flags)
    if i%2: s,t=t,s
    j=rnd.choice([0,0,2,4,6]) if i%4 in(1,3) else 0
    d=load("target",t).diff_from(load("source",s),flags=DiffSyncFlags(j))
    sm=d.summary()
    out.append(dict(flags=j,source=s,target=t,summary=[sm["create"],sm["update"],sm["delete"],sm["no-change"],sm["skip"]],dict=d.dict()))
sys.stdout.write("[\n"+",\n".join(json.dumps(o,separators=(",",":")) for o in out)+"\n]\n")
