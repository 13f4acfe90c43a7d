using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>The fields of a program's own objects that hold tensors, such as a class of a module's several outputs.</summary>
internal static class ObjectFields
{
    private static readonly ConcurrentDictionary<Type, ILookup<bool, (string Name, FieldInfo Field)>> s_fields = []; // by whether they hold tensors
    private static readonly MethodInfo s_clone = typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!;

    /// <summary>The fields of an object, with the names of their properties; none where it isn't one that holds tensors.</summary>
    public static IReadOnlyList<(string Name, FieldInfo Field)> Of(object value) => [.. All(value)[true]];

    /// <summary>The names of the other fields of an object that holds tensors.</summary>
    public static IEnumerable<string> OthersOf(object value) => All(value) is var fields && fields.Contains(true) ? fields[false].Select(field => field.Name) : [];

    /// <summary>Another object of the same type with other contents.</summary>
    /// <param name="value">The object.</param>
    /// <param name="change">Gives what is in a field's place.</param>
    public static object With(object value, Func<object?, object?> change)
    {
        object made = s_clone.Invoke(value, null)!;
        foreach ((_, FieldInfo field) in Of(value))
            field.SetValue(made, change(field.GetValue(value)));
        return made;
    }

    private static ILookup<bool, (string Name, FieldInfo Field)> All(object value) =>
        s_fields.GetOrAdd(value.GetType(), static type => Find(type).ToLookup(field => Holds(field.FieldType, []), field => (NameOf(field), field)));

    private static IEnumerable<FieldInfo> Find(Type type)
    {
        for (Type? at = type; at is not null && MayHold(at) && (typeof(ITuple).IsAssignableFrom(at) || CodeFacts.UsesTorch(at)); at = at.BaseType)
        {
            foreach (FieldInfo field in at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                yield return field;
        }
    }

    // Whether a type's fields lead to tensors, by the types that they are declared with.
    private static bool Holds(Type type, HashSet<Type> seen)
    {
        if (CodeFacts.MentionsTensors(type))
            return !typeof(nn.Module).IsAssignableFrom(type);
        return seen.Add(type) && MayHold(type) && CodeFacts.UsesTorch(type)
            && type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Any(field => Holds(field.FieldType, seen));
    }

    private static bool MayHold(Type type) =>
        type is { IsPrimitive: false, IsEnum: false, IsPointer: false }
        && !CodeFacts.IsTorch(type) && !typeof(nn.Module).IsAssignableFrom(type)
        && !typeof(Delegate).IsAssignableFrom(type) && !typeof(IEnumerable).IsAssignableFrom(type);

    // <Logits>k__BackingField
    private static string NameOf(FieldInfo field)
    {
        int end = field.Name.IndexOf('>', StringComparison.Ordinal);
        return end > 1 ? field.Name[1..end] : field.Name.TrimStart('_');
    }
}
