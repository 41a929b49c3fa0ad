{{ config(materialized='ephemeral') }}
select carrier, arr_delay from {{ source('received', 'flights') }}
