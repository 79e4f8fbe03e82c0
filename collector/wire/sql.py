"""SQL: what `POST /v1/sql` takes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Scalar = str | int | float | bool
ParameterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w{0,63}$")]


class SqlBody(BaseModel):
    """One statement that reads. Tables: `interactions`, of which FINAL removes copies of one event."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "sql": "SELECT event_name, count() AS n FROM interactions FINAL WHERE created_at >= now() - INTERVAL "
                "{days:UInt8} DAY GROUP BY event_name ORDER BY n DESC",
                "format": "json",
                "parameters": {"days": 7},
            }
        },
    )

    sql: str = Field(min_length=1, max_length=50_000, description="ClickHouse's SQL; INTO and FORMAT are left out")
    format: Literal["json", "ndjson", "csv", "parquet", "arrow"] = Field("json", description="of the answer")
    parameters: dict[ParameterName, Scalar | list[Scalar]] = Field(
        default_factory=dict, max_length=100, description="values for {name:Type} in the text"
    )
