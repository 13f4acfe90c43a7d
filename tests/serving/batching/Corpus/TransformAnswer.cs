using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Onnx;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>What a user gets who applies a model to rows: the rows before the first that failed, and why that one did.</summary>
/// <param name="Schema">The columns; <see langword="null"/> where fitting failed already.</param>
/// <param name="Rows">For each row the values of each output.</param>
/// <param name="Error">What was thrown, if anything.</param>
internal sealed record TransformAnswer(DataViewSchema? Schema, IReadOnlyList<Array[]> Rows, Exception? Error)
{
    // What says that the code went wrong, rather than what was asked of it.
    private static readonly Type[] s_accidents =
    [
        typeof(NullReferenceException), typeof(IndexOutOfRangeException), typeof(InvalidCastException), typeof(KeyNotFoundException),
        typeof(ArgumentNullException), typeof(OverflowException), typeof(DivideByZeroException), typeof(EntryPointNotFoundException),
    ];

    /// <summary>Whether the error is one that was meant to be thrown.</summary>
    public bool IsDeliberate => Error is not null && !s_accidents.Contains(Error.GetType());

    /// <summary>The batched transform's.</summary>
    public static TransformAnswer Batched(BatchedOnnxOptions options, IDataView rows, IReadOnlyList<string> outputs) =>
        Of(mlContext => mlContext.Transforms.ApplyOnnxModelBatched(options).Fit(rows), rows, outputs);

    /// <summary>Stock ML.NET's.</summary>
    public static TransformAnswer Stock(string modelFile, IDataView rows, IReadOnlyList<string> outputs) =>
        Of(mlContext => mlContext.Transforms.ApplyOnnxModel(modelFile).Fit(rows), rows, outputs);

    private static TransformAnswer Of(Func<MLContext, ITransformer> fit, IDataView rows, IReadOnlyList<string> outputs)
    {
        DataViewSchema? schema = null;
        var read = new List<Array[]>();
        try
        {
            var mlContext = new MLContext();
            // Stock's sessions don't go by the environment's level.
            mlContext.SetOnnxSessionOption(new OnnxSessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL });
            ITransformer transformer = fit(mlContext);
            using var disposal = (IDisposable)transformer;
            IDataView scored = transformer.Transform(rows);
            schema = scored.Schema;
            foreach (object?[] row in Table.Enumerate(scored, [.. outputs]))
                read.Add([.. row.Select(value => value as Array ?? new[] { value })]);
            return new(schema, read, null);
        }
        catch (Exception exception)
        {
            return new(schema, read, Unwrapped(exception));
        }
    }

    // ML.NET's own wrappings, of what another thread or reflection threw.
    private static Exception Unwrapped(Exception exception)
    {
        bool isWrapping = exception is TargetInvocationException
            || exception.Message.StartsWith("Splitter/consolidator worker", StringComparison.Ordinal);
        return isWrapping && exception.InnerException is { } inner ? Unwrapped(inner) : exception;
    }
}
