using MnistAdder.OnnxBatching.Independence.Flows;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>The rules of all operators that are known: what torch.onnx, skl2onnx, ML.NET and this project's exporter write, and more.</summary>
internal static class OperatorRules
{
    private static readonly Dictionary<(string Domain, string Type), Operation.Rule> s_rules = Create();

    /// <summary>The rule of an operator; null where it isn't known.</summary>
    /// <param name="domain">Empty for ONNX's own.</param>
    /// <param name="type">The operator's name.</param>
    public static Operation.Rule? Find(string domain, string type) => s_rules.GetValueOrDefault((domain, type));

    /// <summary>Whether one of ONNX's or ONNX Runtime's own operators gives other results at each run.</summary>
    public static bool IsRandom(Operation operation) => operation.Type switch
    {
        "RandomNormal" or "RandomUniform" or "RandomNormalLike" or "RandomUniformLike" or "Multinomial" or "Bernoulli" => true,
        // ONNX Runtime's own.
        "BiasDropout" or "BitmaskBiasDropout" or "BitmaskDropout" or "Sampling" => true,
        // In training only. Before version 7 it said so by is_test, from version 12 on by its third input.
        "Dropout" => operation.Opset < 7 ? operation.Integer("is_test", 0) == 0 : operation.Has(2) && operation.Input(2) is not { Elements: [{ Known: 0 }] } && !DropsNothing(operation),
        _ => false,
    };

    private static bool DropsNothing(Operation operation) => operation.Has(1) && operation.Input(1).Constant is { } ratio && TensorIntegers.Floats(ratio) is [0];

    private static Dictionary<(string, string), Operation.Rule> Create()
    {
        var rules = new Dictionary<(string, string), Operation.Rule>();
        ElementRules.AddTo(rules);
        ShapeRules.AddTo(rules);
        SelectionRules.AddTo(rules);
        PlaceRules.AddTo(rules);
        AxisRules.AddTo(rules);
        ProductRules.AddTo(rules);
        ImageRules.AddTo(rules);
        RecurrentRules.AddTo(rules);
        ClassicalRules.AddTo(rules);
        return rules;
    }

    /// <summary>Gives one rule to several operators of a domain.</summary>
    public static void Add(this Dictionary<(string, string), Operation.Rule> rules, string domain, Operation.Rule rule, params ReadOnlySpan<string> types)
    {
        foreach (string type in types)
            rules.Add((domain, type), rule);
    }
}
