using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.OnnxBatching;
using MnistAdder.Serving;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data;

namespace MnistAdder.Training.Evaluation;

/// <summary>What ML.NET's own evaluators say of an exported model's answers through the serving transform.</summary>
/// <param name="DigitAccuracy">Share of right digits, 0…1.</param>
/// <param name="SumAccuracy">Share of right sums over all ten addends, 0…1.</param>
/// <param name="DigitLogLoss">Mean negative logarithm of the right digit's probability, in nats.</param>
/// <param name="SumLogLoss">The same of the sum.</param>
internal sealed record ServingEvaluation(double DigitAccuracy, double SumAccuracy, double DigitLogLoss, double SumLogLoss)
{
    private const string LabelKey = "label_key", AnswerKey = "answer_key";

    /// <summary>Scores every image with all ten addends and compares the evaluators' accuracies with the direct count.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="model">The ONNX file's bytes.</param>
    /// <param name="digits">What to judge it on.</param>
    /// <param name="counted">The direct count of right <c>digit</c> and <c>sum</c> outputs on the same rows.</param>
    /// <exception cref="TrainingException">The two ways of counting differ.</exception>
    internal static ServingEvaluation Run(MLContext ml, byte[] model, DigitSet digits, EvaluationDetails counted)
    {
        IDataView pairs = DigitColumns.ToDataView(ml, digits, addends: ModelContract.DigitClasses);
        using DigitSumTransformer transformer = ml.Transforms.ApplyDigitSumModel(new DigitSumOptions
        {
            ModelBytes = model,
            ImageColumn = ModelContract.Image,
            NumberColumn = ModelContract.Number,
            // The graph that was counted: a rewritten one may round a tie to the other side.
            Inference = InferenceOptions.Default with { OptimizesGraph = false },
        }).Fit(pairs);
        var columns = new DigitSumColumns();
        IDataView answers = ml.Data.Cache(
            transformer.Transform(pairs),
            DigitRow.LabelColumn, DigitRow.SumLabelColumn, columns.Digit, columns.DigitProbabilities, columns.Sum, columns.SumProbabilities);

        MulticlassClassificationMetrics digit = Evaluate<byte>(
            ml, answers, DigitRow.LabelColumn, columns.Digit, columns.DigitProbabilities, ModelContract.DigitClasses);
        MulticlassClassificationMetrics sum = Evaluate<long>(
            ml, answers, DigitRow.SumLabelColumn, columns.Sum, columns.SumProbabilities, ModelContract.SumClasses);
        RequireAgreement("digit", digit.MicroAccuracy, counted.Digit.Confusion.Accuracy);
        RequireAgreement("sum", sum.MicroAccuracy, counted.Sum.Confusion.Accuracy);
        return new ServingEvaluation(digit.MicroAccuracy, sum.MicroAccuracy, digit.LogLoss, sum.LogLoss);
    }

    // The evaluator takes a class for the place of its key, and keys are numbered by first appearance unless they are given.
    private static MulticlassClassificationMetrics Evaluate<TLabel>(
        MLContext ml, IDataView answers, string label, string answer, string probabilities, int classes)
        where TLabel : System.Numerics.INumber<TLabel>
    {
        IDataView labelKeys = Keys<TLabel>(ml, classes), answerKeys = Keys<long>(ml, classes);
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey(LabelKey, label, keyData: labelKeys)
            .Append(ml.Transforms.Conversion.MapValueToKey(AnswerKey, answer, keyData: answerKeys))
            .Fit(answers).Transform(answers);
        return ml.MulticlassClassification.Evaluate(keyed, LabelKey, probabilities, AnswerKey);
    }

    private static IDataView Keys<T>(MLContext ml, int classes)
        where T : System.Numerics.INumber<T> =>
        ml.Data.LoadFromEnumerable(Enumerable.Range(0, classes).Select(value => new Key<T> { Value = T.CreateChecked(value) }));

    private static void RequireAgreement(string head, double evaluated, double counted)
    {
        if (Math.Abs(evaluated - counted) > 1e-9)
            throw new TrainingException($"ML.NET's evaluator finds {evaluated:0.######} of the {head}s right, a direct count {counted:0.######}; no model was written.");
    }

    private sealed class Key<T>
    {
        public T Value { get; init; } = default!;
    }
}
