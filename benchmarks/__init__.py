"""Measurements that anybody can repeat: time, memory and agreement with others."""
