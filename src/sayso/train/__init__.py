"""Samples -> checkpoint, on transformers' Trainer: objective, order, exact resume."""
