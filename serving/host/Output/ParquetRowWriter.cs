using Apache.Arrow;
using Apache.Arrow.Types;
using MnistAdder.Scoring.Parquet;
using MnistAdder.Scoring.Tables;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Scoring.Output;

/// <summary>Writes Parquet: the input's columns with their types, the results as integers, floats and texts. What isn't there is null.</summary>
internal sealed class ParquetRowWriter : IRowWriter
{
    private const int MostPending = 4096;

    private readonly ParquetOutput _output;
    private readonly OutputColumns _columns;
    private readonly Schema _types;
    private readonly List<InputRow> _pending = []; // of one record batch, where they are of such
    private readonly Int64Array.Builder _digits = new(), _sums = new();
    private readonly FloatArray.Builder _digitConfidences = new(), _sumConfidences = new();
    private readonly StringArray.Builder _errors = new(), _warnings = new();
    private readonly FloatArray.Builder[] _probabilities;

    /// <summary>Begins a file.</summary>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="columns">The columns' names.</param>
    /// <param name="input">The input's columns with their types.</param>
    public ParquetRowWriter(Stream output, OutputColumns columns, Schema input)
    {
        _columns = columns;
        _types = TypesOf(columns, input);
        _probabilities = [.. columns.ProbabilityColumns.Select(_ => new FloatArray.Builder())];
        _output = new ParquetOutput(output, _types);
    }

    /// <summary>A file's columns with their types.</summary>
    /// <param name="columns">The columns' names.</param>
    /// <param name="input">The input's columns with their types.</param>
    public static Schema TypesOf(OutputColumns columns, Schema input)
    {
        // Of several tables one may have values everywhere, and another not.
        static Field Kept(string name, Field field) => new(name, field.DataType, nullable: true, field.Metadata);
        return new Schema(
            [
                .. columns.Kept.Zip(columns.InputMembers, (column, name) => Kept(name, input.FieldsList[column])),
                Result(columns.Digit, Int64Type.Default), Result(columns.DigitConfidence, FloatType.Default),
                Result(columns.Sum, Int64Type.Default), Result(columns.SumConfidence, FloatType.Default),
                Result(columns.Error, StringType.Default), Result(columns.Warning, StringType.Default),
                .. columns.ProbabilityColumns.Select(name => Result(name, FloatType.Default)),
            ],
            null);
    }

    /// <inheritdoc/>
    public void Write(in OutputRow row)
    {
        if (_pending.Count == MostPending || (_pending.Count > 0 && BatchOf(row.Input) != BatchOf(_pending[0])))
            Complete();
        _pending.Add(row.Input);
        if (row.Prediction is { } answer)
        {
            _digits.Append(answer.Digit);
            _digitConfidences.Append(answer.DigitConfidence);
            _sums.Append(answer.Sum);
            _sumConfidences.Append(answer.SumConfidence);
        }
        else
        {
            _digits.AppendNull();
            _digitConfidences.AppendNull();
            _sums.AppendNull();
            _sumConfidences.AppendNull();
        }

        Append(_errors, row.Error);
        Append(_warnings, row.Warning);
        for (int i = 0; i < _probabilities.Length; i++)
        {
            if (row.Prediction is not { } known)
                _probabilities[i].AppendNull();
            else if (i < ModelContract.DigitClasses)
                _probabilities[i].Append(known.DigitProbabilities.Span[i]);
            else
                _probabilities[i].Append(known.SumProbabilities.Span[i - ModelContract.DigitClasses]);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A row group that isn't full stays here.</remarks>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Complete();
        _output.Dispose();
    }

    private static Field Result(string name, IArrowType type) => new(name, type, nullable: true);

    private static RecordBatch? BatchOf(InputRow row) => (row as ParquetRow)?.Batch;

    private static void Append(StringArray.Builder texts, string? text)
    {
        if (text is null)
            texts.AppendNull();
        else
            texts.Append(text);
    }

    private void Complete()
    {
        if (_pending.Count == 0)
            return;
        IEnumerable<IArrowArray> input = _pending[0] is ParquetRow first
            ? _columns.Kept.Select(column => ArrowArrayFactory.Slice(first.Batch.Column(column), first.Index, _pending.Count))
            : _columns.Kept.Select(Column);
        _output.Add([.. input, Built(_digits), Built(_digitConfidences), Built(_sums), Built(_sumConfidences), Built(_errors), Built(_warnings), .. _probabilities.Select(Built)], _pending.Count);
        _pending.Clear();
    }

    // What isn't a number has none: the row's error says what it is.
    private IArrowArray Column(int column)
    {
        if (column != _pending[0].Table.Roles.Number)
        {
            var texts = new StringArray.Builder();
            foreach (InputRow row in _pending)
                texts.Append(row.Text(column));
            return texts.Build();
        }

        var numbers = new Int64Array.Builder();
        foreach (InputRow row in _pending)
        {
            if (NumberColumn.Parse(row.Text(column), out long number) is null)
                numbers.Append(number);
            else
                numbers.AppendNull();
        }

        return numbers.Build();
    }

    private static StringArray Built(StringArray.Builder texts)
    {
        StringArray built = texts.Build();
        texts.Clear();
        return built;
    }

    private static IArrowArray Built<T, TArray, TBuilder>(PrimitiveArrayBuilder<T, TArray, TBuilder> values)
        where T : struct
        where TArray : IArrowArray
        where TBuilder : class, IArrowArrayBuilder<TArray>
    {
        TArray built = values.Build();
        values.Clear();
        return built;
    }
}
