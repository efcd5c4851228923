package main

// The kinds of the inventory: the plumb tags say what Plumbline compares, the json tags how the inventory spells it.

// Tenant owns devices.
type Tenant struct {
	ID   int64  `json:"id,omitempty" plumb:"id,local"`
	Name string `json:"name" plumb:"name,id"`
	Rank *int64 `json:"rank" plumb:"rank"`
}

// Site is a place.
type Site struct {
	ID       int64    `json:"id,omitempty" plumb:"id,local"`
	Name     string   `json:"name" plumb:"name,id"`
	Region   *string  `json:"region" plumb:"region"`
	Latitude *float64 `json:"latitude" plumb:"latitude"`
	Note     *string  `json:"note" plumb:"note"`
}

// Device stands at a site. It is never deleted, only retired.
type Device struct {
	ID      int64           `json:"id,omitempty" plumb:"id,local"`
	Name    string          `json:"name" plumb:"name,id"`
	Site    *string         `json:"site" plumb:"site"`
	Role    *string         `json:"role" plumb:"role"`
	Units   *int64          `json:"units" plumb:"units"`
	Active  *bool           `json:"active" plumb:"active"`
	Tags    *[]any          `json:"tags" plumb:"tags"`
	Meta    *map[string]any `json:"meta" plumb:"meta"`
	Tenant  *string         `json:"tenant" plumb:"tenant"`
	Retired bool            `json:"retired,omitempty"`
}

// Port is a device's.
type Port struct {
	ID     int64    `json:"id,omitempty" plumb:"id,local"`
	Device string   `json:"device" plumb:"device,id"`
	Name   string   `json:"name" plumb:"name,id"`
	Speed  *float64 `json:"speed" plumb:"speed"`
}

// Area is a place within a larger one.
type Area struct {
	ID   int64   `json:"id,omitempty" plumb:"id,local"`
	Name string  `json:"name" plumb:"name,id"`
	Area *string `json:"area" plumb:"area"`
	Note *string `json:"note" plumb:"note"`
}
