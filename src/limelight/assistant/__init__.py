"""`limelight mcp`: tools for assistants over the Model Context Protocol.

They call a server as any program does, through `limelight.client`. The library `mcp` is an extra, so the modules that
import it are imported only when the command runs.
"""
