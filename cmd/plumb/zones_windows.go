package main

import _ "time/tzdata" // schedules have time zones, which Windows knows by other names
