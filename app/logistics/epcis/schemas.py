"""What EPCIS 2.0 answers look like: as far as the events of this house go, all of it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class EpcisPlace(_Part):
    """A read point or business location."""

    id: str = Field(description="A UN/LOCODE as a URI.")


class EpcisTransaction(_Part):
    """A document that an event refers to."""

    type: str
    biz_transaction: str


class _EpcisEvent(_Part):
    event_id: str = Field(
        alias="eventID", description="The event hash of CBV 2.0, section 8.9: same fields, same number."
    )
    event_time: str
    event_time_zone_offset: str
    biz_step: str = Field(examples=["departing"])
    disposition: str = Field(examples=["in_transit"])
    read_point: EpcisPlace
    biz_location: EpcisPlace | None = None
    action: Literal["ADD", "OBSERVE", "DELETE"]


class EpcisObjectEvent(_EpcisEvent):
    """Things were seen."""

    type: Literal["ObjectEvent"]
    epc_list: list[str]
    biz_transaction_list: list[EpcisTransaction] | None = None


class EpcisAggregationEvent(_EpcisEvent):
    """Things were put into another, or taken out."""

    type: Literal["AggregationEvent"]
    parent_id: str = Field(alias="parentID")
    child_epcs: list[str] = Field(alias="childEPCs")


EpcisEvent = Annotated[EpcisObjectEvent | EpcisAggregationEvent, Field(discriminator="type")]


class EpcisBody(_Part):
    """The events of a document."""

    event_list: list[EpcisEvent]


class _Frame(_Part):
    context: list[str] = Field(alias="@context")
    schema_version: Literal["2.0"]
    creation_date: str


class EpcisDocument(_Frame):
    """An EPCIS 2.0 document (JSON-LD)."""

    type: Literal["EPCISDocument"]
    epcis_body: EpcisBody


class EpcisResults(_Part):
    """What a query found."""

    query_name: Literal["SimpleEventQuery"]
    results_body: EpcisBody


class EpcisQueryBody(_Part):
    """The results of a query."""

    query_results: EpcisResults


class EpcisQueryDocument(_Frame):
    """The answer to an EPCIS 2.0 query (JSON-LD)."""

    type: Literal["EPCISQueryDocument"]
    epcis_body: EpcisQueryBody
