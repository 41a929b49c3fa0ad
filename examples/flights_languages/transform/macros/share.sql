{% macro share(condition, of) -%}
    cast(count(*) filter (where {{ condition }}) / nullif(count({{ of }}), 0) as decimal(5, 4))
{%- endmacro %}
