"""SQL: what `POST /v1/sql` takes."""

from typing import Annotated, Any, Literal

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


class SqlColumn(BaseModel):
    """A column and its type in ClickHouse."""

    name: str
    type: str


class SqlTable(BaseModel):
    """The answer as JSON, as ClickHouse tells it."""

    meta: list[SqlColumn]
    data: list[dict[str, Any]]
    rows: int
    rows_before_limit_at_least: int | None = Field(None, description="where there is a LIMIT")
    statistics: dict[str, float] = Field({}, description="seconds, rows and bytes it took")
